//! The images really build and serve: each example's generated Dockerfile is built, its pods are run
//! as the generated manifests say, and its probes are asked.
//!
//! What a cluster does is done by the scripts in `images/`; see `stand_in.py` for where the base
//! image comes from and `pod.py` for how close a container comes to one on a node. It needs root and
//! Debian packages; without them it says that it skipped, but in CI (`CI=true`) it fails.
//!
//! `PYKUBE_EXAMPLES=folder cargo test --test images` takes the examples from another folder.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

mod harness;

#[path = "images/collection.rs"]
mod collection;
#[path = "images/dockerfile.rs"]
mod dockerfile;
#[path = "images/manifests.rs"]
mod manifests;
#[path = "images/plan.rs"]
mod plan;
#[path = "images/resolve.rs"]
mod resolve;
#[path = "images/spoiled.rs"]
mod spoiled;
#[path = "images/stand_ins.rs"]
mod stand_ins;

use harness::{Skip, available, cluster};
use plan::Plan;

#[test]
fn every_example_builds_and_serves() -> Result<()> {
    let Some(tools) = available("building and serving the examples", machine()) else { return Ok(()) };
    let plans: Vec<Plan> = examples()?
        .iter()
        .map(|folder| Plan::read(folder).with_context(|| folder.display().to_string()))
        .collect::<Result<_>>()?;
    ensure!(!plans.is_empty(), "no example has an `app.toml`");
    let mut faults = Vec::new();
    for plan in &plans {
        tell(&plan.context);
        if let Err(fault) = script(&tools, "build.py", plan).and_then(|()| script(&tools, "serve.py", plan)) {
            faults.push(format!("{}: {fault:#}", plan.context));
        }
    }
    ensure!(faults.is_empty(), "{}", faults.join("\n\n"));
    the_judge_can_say_no(&tools, &plans)
}

/// Plans with one fault each: what this test cannot see must not pass for sound.
fn the_judge_can_say_no(tools: &Path, plans: &[Plan]) -> Result<()> {
    let Some(plan) = plans.iter().find(|plan| spoiled::shows_everything(plan)) else {
        ensure!(std::env::var_os("PYKUBE_EXAMPLES").is_some(), "no example sends a Host header and migrates");
        tell("not tried on spoiled plans: no example here sends a Host header and migrates");
        return Ok(());
    };
    for (fault, plan, complaint) in spoiled::plans(plan) {
        let message = match script_quietly(tools, "serve.py", &plan) {
            Ok(output) => bail!("{fault} went unnoticed:\n{output}"),
            Err(error) => format!("{error:#}"),
        };
        ensure!(message.contains(complaint), "{fault}: expected `{complaint}` in:\n{message}");
        tell(&format!("  noticed: {fault}"));
    }
    Ok(())
}

/// The folders of the examples that pykube has rendered.
fn examples() -> Result<Vec<PathBuf>> {
    let folder = std::env::var_os("PYKUBE_EXAMPLES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("examples"), PathBuf::from);
    let mut found: Vec<PathBuf> =
        folder.read_dir()?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    found.retain(|folder| folder.join("app.toml").exists());
    found.sort();
    Ok(found)
}

/// The folder of the tools, or why images cannot be built and run here.
fn machine() -> Result<PathBuf, Skip> {
    let tools = cluster::tools(&["buildctl", "buildkitd"])?;
    let root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    if !root {
        return Err(Skip("building and running images takes root".to_owned()));
    }
    let programs = ["buildah", "mmdebstrap", "python3", "redis-server", "runc", "setpriv", "unshare"];
    let search: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect();
    let mut missing: Vec<&str> =
        programs.into_iter().filter(|program| !search.iter().any(|folder| folder.join(program).exists())).collect();
    if !Path::new("/usr/lib/postgresql").exists() && !search.iter().any(|folder| folder.join("initdb").exists()) {
        missing.push("postgresql");
    }
    if missing.is_empty() { Ok(tools) } else { Err(Skip(format!("missing on this machine: {}", missing.join(", ")))) }
}

fn script(tools: &Path, name: &str, plan: &Plan) -> Result<()> {
    let output = script_quietly(tools, name, plan)?;
    tell(output.trim_end());
    Ok(())
}

/// Runs a script of `images/` on a plan; its output, or what it complained about.
fn script_quietly(tools: &Path, name: &str, plan: &Plan) -> Result<String> {
    let work = Path::new(env!("CARGO_TARGET_TMPDIR")).join("images");
    std::fs::create_dir_all(&work)?;
    let file = work.join("plan.json");
    std::fs::write(&file, serde_json::to_string_pretty(plan)?)?;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/images").join(name);
    let mut command = Command::new("python3");
    command.arg("-B").arg(path).arg(&work).arg(&file).env("PATH", cluster::path(tools));
    let done = command.output().context("running python3")?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    ensure!(done.status.success(), "{name} failed\n{}{}", text(&done.stdout), text(&done.stderr));
    Ok(text(&done.stdout))
}

/// Writes where the test harness does not hold it back: a skipped test must be seen.
fn tell(text: &str) {
    // A closed standard error is not a reason to fail.
    let _ = writeln!(std::io::stderr(), "{text}");
}
