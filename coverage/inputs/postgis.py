"""A table or query of a PostgreSQL database with PostGIS -> rows.

``postgresql://user@host/database?table=schema.cameras`` or ``?query=SELECT ...``; other parameters (sslmode ...) go to
the server. Give the password in ``~/.pgpass`` or ``PGPASSWORD`` rather than in the address. Everything happens in one
transaction that may only read; private columns are not asked for, so that they never leave the server.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from camgap.coverage.errors import CameraError
from camgap.coverage.inputs.dialects import is_private
from camgap.coverage.inputs.limits import MOST_COLUMNS, MOST_ROWS, check_rows
from camgap.coverage.inputs.quantities import tidy
from camgap.coverage.inputs.sheets import Row, Sheet, plain_text

if TYPE_CHECKING:
    import psycopg
    from psycopg import sql

SCHEMES = ("postgresql://", "postgres://")
_PATIENCE_MS = 300_000  # a query that takes longer is given up


def is_database(source: str) -> bool:
    """Tell whether a source is the address of a database."""
    return source.lower().startswith(SCHEMES)


def shown_address(source: str) -> str:
    """Return what a database source is called in results: table or "query", never user, host or password."""
    given = dict(parse_qsl(urlsplit(source).query))
    return f"postgis {tidy(given['table'], 60)}" if given.get("table") else "postgis query"


def database_sheet(address: str) -> Sheet:
    """Return the rows of the table or query an address names.

    Raises
    ------
    CameraError
        If psycopg is not installed, the server refuses, or table and query are missing or wrong.
    """
    try:
        import psycopg
    except ImportError:
        raise CameraError("reading PostGIS needs psycopg: pip install 'camgap[postgis]'") from None
    parts = urlsplit(address)
    if "@" in parts.netloc.rpartition("@")[0]:  # the server's library would take what follows the first one for a host
        raise CameraError("postgresql address: an @ in the password is written %40; or keep the password in ~/.pgpass")
    given = dict(parse_qsl(parts.query))
    table, query = given.pop("table", ""), given.pop("query", "")
    source = shown_address(address)
    if bool(table) == bool(query):
        raise CameraError(f"{source}: say which rows with ?table=SCHEMA.TABLE or ?query=SELECT..., one of them")
    plain = urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(given, quote_via=quote), ""))
    try:
        with psycopg.connect(plain, connect_timeout=10) as connection:
            connection.read_only = True
            return _read(connection, _origin(table, query), source)
    except psycopg.Error as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        secrets = sorted({parts.password, unquote(parts.password)}, key=len) if parts.password else []
        hidden = first
        for secret in reversed(secrets):
            hidden = hidden.replace(secret, "***")
        raise CameraError(f"{source}: the database says: {tidy(hidden, 200)}") from None


def _origin(table: str, query: str) -> "sql.Composable":
    from psycopg import sql

    if table:
        return sql.Identifier(*table.split("."))
    # the query is the user's own text; it is a subquery of a transaction that cannot write
    return sql.SQL("({})").format(sql.SQL(query.strip().rstrip(";")))


def _read(connection: "psycopg.Connection[Any]", origin: "sql.Composable", source: str) -> Sheet:
    from psycopg import sql

    connection.execute(sql.SQL("SET LOCAL statement_timeout = {}").format(sql.Literal(_PATIENCE_MS)))
    described = _one_statement(connection, sql.SQL("SELECT * FROM {} AS q LIMIT 0").format(origin)).description or []
    spatial = _spatial_types(connection)
    names = [column.name for column in described]
    if len(names) > MOST_COLUMNS:
        raise CameraError(f"{source}: {len(names):,} columns; at most {MOST_COLUMNS:,} are read")
    geometry = next((c.name for c in described if c.type_code in spatial), None)
    plain = [c.name for c in described if c.type_code not in spatial and not is_private(c.name)]
    wanted: list[sql.Composable] = [sql.SQL("q.{}::text").format(sql.Identifier(name)) for name in plain]
    if geometry is not None:
        g = sql.SQL("q.{}::geometry").format(sql.Identifier(geometry))
        wanted += [sql.SQL("ST_GeometryType({})").format(g), sql.SQL("ST_SRID({})").format(g)]
        is_point = sql.SQL("CASE WHEN ST_GeometryType({0}) = 'ST_Point' AND NOT ST_IsEmpty({0}) THEN {1}({0}) END")
        wanted += [is_point.format(g, sql.SQL("ST_X")), is_point.format(g, sql.SQL("ST_Y"))]
    select = sql.SQL("SELECT {} FROM {} AS q LIMIT {}").format(
        sql.SQL(", ").join(wanted), origin, sql.Literal(MOST_ROWS + 1)
    )
    answers: Sequence[tuple[Any, ...]] = _one_statement(connection, select).fetchall()
    check_rows(len(answers), source)
    rows = tuple(_row(number, plain, answer, geometry is not None) for number, answer in enumerate(answers, start=1))
    crs = _one_system({answer[-3] for answer in answers if answer[-4] is not None}, source) if geometry else ""
    return Sheet(source, "PostGIS", "row", tuple(names), rows, geometry is not None, crs=crs)


def _one_statement(connection: "psycopg.Connection[Any]", statement: "sql.Composed") -> "psycopg.Cursor[Any]":
    """Execute a statement in the way of the protocol that allows one only: no query can end the transaction."""
    return connection.execute(statement, prepare=True)


def _spatial_types(connection: "psycopg.Connection[Any]") -> set[int]:
    found = connection.execute("SELECT oid FROM pg_type WHERE typname IN ('geometry', 'geography')")
    return {oid for (oid,) in found.fetchall()}


def _row(number: int, names: Sequence[str], answer: tuple[Any, ...], spatial: bool) -> Row:
    cells = {name: text for name, value in zip(names, answer, strict=False) if (text := plain_text(value))}
    if not spatial or answer[-4] is None:
        return Row(number, cells)
    kind, _, x, y = answer[-4:]
    if x is None:
        return Row(number, cells, None, None if kind == "ST_Point" else ("not_a_point", tidy(kind.removeprefix("ST_"))))
    return Row(number, cells, (repr(float(x)), repr(float(y))))


def _one_system(codes: set[int], source: str) -> str:
    if len(codes) > 1:
        raise CameraError(
            f"{source}: geometries of several coordinate systems ({', '.join(map(str, sorted(codes)))}); "
            "use ?query= with ST_Transform to one"
        )
    code = next(iter(codes), 0)
    return f"EPSG:{code}" if code else ""
