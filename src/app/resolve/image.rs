//! `[image]`: the image that is run.

use super::super::value::{Digest, ImageRepository, Tag};
use super::faults::{Faults, constant};
use crate::config::defaults;
use crate::config::section::ImageSection;
use crate::diagnostic::Diagnostic;
use crate::kube::grammar::image_reference::ImageReference;

/// An image to run.
#[derive(Clone, Debug)]
pub(super) struct Image {
    /// As a container names it.
    pub(super) reference: String,
    /// Without tag and digest.
    pub(super) repository: ImageRepository,
    /// Whether the reference holds a digest.
    pub(super) by_digest: bool,
}

/// The image that is run: `asked` of a call, or that of `[image]`.
pub(super) fn resolve(section: &ImageSection, asked: Option<&str>, faults: &mut Faults<'_>) -> Image {
    let repository: Option<ImageRepository> = faults.parse(&section.repository, &["image", "repository"]);
    let tag: Tag = faults.parse_or(section.tag.as_deref(), defaults::image::TAG, &["image", "tag"]);
    let repository = repository.unwrap_or_else(|| constant("app"));
    if let Some(reference) = asked {
        match parse(reference, &repository) {
            Ok(image) => return image,
            Err(clause) => faults.push(Diagnostic::error(format!("`--image {reference}` {clause}"))),
        }
    }
    Image { reference: format!("{repository}:{tag}"), repository, by_digest: false }
}

/// Reads `repository[:tag][@digest]`; a reference that is only `:tag` or `@digest` takes the repository of `app.toml`.
fn parse(reference: &str, repository: &ImageRepository) -> Result<Image, String> {
    let parts = ImageReference::split(reference);
    let digest = parts.digest.map(str::parse::<Digest>).transpose()?;
    let tag = parts.tag.map(str::parse::<Tag>).transpose()?;
    let repository = if parts.repository.is_empty() { repository.clone() } else { parts.repository.parse()? };
    if tag.is_none() && digest.is_none() {
        return Err("must name a tag or a digest".into());
    }
    let tag = tag.map(|tag| format!(":{tag}")).unwrap_or_default();
    let by_digest = digest.is_some();
    let digest = digest.map(|digest| format!("@{digest}")).unwrap_or_default();
    Ok(Image { reference: format!("{repository}{tag}{digest}"), repository, by_digest })
}
