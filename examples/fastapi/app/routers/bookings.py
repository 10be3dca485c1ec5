"""Bookings."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, status
from sqlalchemy import select

from app.database import Session
from app.models import Booking
from app.schemas import BookingIn, BookingOut

router = APIRouter(prefix="/bookings", tags=["bookings"])


@router.get("")
async def list_bookings(
    session: Session, room: Annotated[str | None, Query(max_length=50)] = None
) -> list[BookingOut]:
    query = select(Booking).order_by(Booking.starts_at)
    if room is not None:
        query = query.where(Booking.room == room)
    return [BookingOut.model_validate(booking) for booking in await session.scalars(query)]


@router.post("", status_code=status.HTTP_201_CREATED)
async def add_booking(body: BookingIn, session: Session) -> BookingOut:
    overlapping = select(Booking.id).where(
        Booking.room == body.room,
        Booking.starts_at < body.ends_at,
        Booking.ends_at > body.starts_at,
    )
    if await session.scalar(overlapping.limit(1)) is not None:
        raise HTTPException(status.HTTP_409_CONFLICT, "the room is taken at that time")
    booking = Booking(**body.model_dump())
    session.add(booking)
    await session.commit()
    return BookingOut.model_validate(booking)


@router.delete("/{booking_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_booking(booking_id: int, session: Session) -> None:
    booking = await session.get(Booking, booking_id)
    if booking is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND)
    await session.delete(booking)
    await session.commit()
