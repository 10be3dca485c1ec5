"""What goes over the wire."""

from datetime import UTC
from typing import Annotated, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

# Stored and compared in UTC: SQLite keeps no offset.
UtcDatetime = Annotated[AwareDatetime, AfterValidator(lambda value: value.astimezone(UTC))]


class BookingIn(BaseModel):
    room: str = Field(min_length=1, max_length=50)
    guest: str = Field(min_length=1, max_length=100)
    starts_at: UtcDatetime
    ends_at: UtcDatetime

    @model_validator(mode="after")
    def end_follows_start(self) -> Self:
        if self.ends_at <= self.starts_at:
            raise ValueError("`ends_at` must be later than `starts_at`")
        return self


class BookingOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    room: str
    guest: str
