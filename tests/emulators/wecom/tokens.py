"""gettoken, and whose token a call brings."""

from tests.emulators.wecom import limits
from tests.emulators.wecom.errors import OK, ApiError, Json
from tests.emulators.wecom.request import Args
from tests.emulators.wecom.state import App, Token, World


def gettoken(args: Args) -> Json:
    """The same token until it expires. Raises 45009 for who asks too often."""
    if args.world.recent("gettoken", 60) > limits.TOKENS_PER_MINUTE:
        raise ApiError(45009, "api freq out of limit")
    return issue(args.world, _app(args))


def _app(args: Args) -> App:
    corpid, secret = args.query.get("corpid"), args.query.get("corpsecret")
    if not corpid:
        raise ApiError(41002, "missing corpid")
    if not secret:
        raise ApiError(41004, "missing corpsecret")
    if corpid not in args.world.corps:
        raise ApiError(40013, "invalid corpid")
    for corp in args.world.corps.values():
        for app in corp.apps.values():
            if app.secret == secret:
                return _of_corp(app, corpid)
    raise ApiError(40001, "invalid credential")


def _of_corp(app: App, corpid: str) -> App:
    if app.corp.corpid != corpid:
        raise ApiError(40091, "secret is of another corp")
    return app


def issue(world: World, app: App) -> Json:
    now = world.now()
    alive = [t for t, token in world.tokens.items() if token.app is app and token.expires > now]
    name = alive[0] if alive else f"tok{next(world.numbers):04d}{'x' * 200}"
    token = world.tokens.setdefault(name, Token(app, now + limits.TOKEN_SECONDS))
    return OK | {"access_token": name, "expires_in": round(token.expires - now)}


def caller(args: Args) -> App:
    """Raises 41001 without a token, 40014 with an unknown one, 42001 with an old one."""
    name = args.query.get("access_token")
    if not name:
        raise ApiError(41001, "access_token missing")
    token = args.world.tokens.get(name)
    if token is None:
        raise ApiError(40014, "invalid access_token")
    if token.expires <= args.world.now():
        raise ApiError(42001, "access_token expired")
    return token.app
