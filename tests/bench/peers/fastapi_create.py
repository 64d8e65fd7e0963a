"""The peer: FastAPI, pydantic and SQLAlchemy on asyncpg, as its own documentation writes it. One table, one insert."""

import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel, ConfigDict, EmailStr, Field
from sqlalchemy import TIMESTAMP
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

URL = os.environ["BENCH_DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://").replace("sslmode", "ssl")
engine = create_async_engine(URL, pool_size=16, max_overflow=0)
sessions = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    pass


class CustomerRow(Base):
    __tablename__ = "peer_customers"
    id: Mapped[str] = mapped_column(primary_key=True, default=lambda: "cus_" + secrets.token_urlsafe(16))
    name: Mapped[str]
    email: Mapped[str]
    extra: Mapped[dict[str, str]] = mapped_column("metadata", JSONB)
    created: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=lambda: datetime.now(UTC))


class CustomerDraft(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(max_length=256)
    email: EmailStr
    metadata: dict[str, str] = {}


class Customer(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: str
    name: str
    email: str
    created: datetime


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield
    await engine.dispose()


app = FastAPI(lifespan=lifespan)


async def session() -> AsyncIterator[AsyncSession]:
    async with sessions() as opened:
        yield opened
        await opened.commit()


async def authenticated(authorization: Annotated[str, Header()] = "") -> str:
    if not authorization.startswith("Bearer sk_"):
        raise HTTPException(401)
    return authorization


@app.post("/v1/customers")
async def create(
    draft: CustomerDraft,
    _key: Annotated[str, Depends(authenticated)],
    db: Annotated[AsyncSession, Depends(session)],
) -> Customer:
    row = CustomerRow(name=draft.name, email=draft.email, extra=draft.metadata)
    db.add(row)
    await db.flush()
    return Customer.model_validate(row)
