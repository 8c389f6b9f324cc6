"""A member with WeCom open on the phone: what they do."""

from tests.emulators.wecom import media
from tests.emulators.wecom.callbacks import Delivery
from tests.emulators.wecom.pressing import Fingers
from tests.emulators.wecom.request import Upload

PICTURE = b"\x89PNG\r\n\x1a\n" + b"a picture"
VOICE = b"#!AMR\n" + b"a voice"
PICTURE_URL = "https://wework.qpic.invalid/picture"


class User(Fingers):
    """Every verb returns when the bot has answered WeCom's callback, or WeCom has given up."""

    async def says(self, text: str) -> Delivery:
        self.write("text", content=text)
        return await self.sender.message("text", Content=text)

    async def sends_image(self, data: bytes = PICTURE) -> Delivery:
        media_id = self._keep("image", "image.png", "image/png", data)
        return await self.sender.message("image", PicUrl=PICTURE_URL, MediaId=media_id)

    async def sends_voice(self, data: bytes = VOICE) -> Delivery:
        media_id = self._keep("voice", "voice.amr", "audio/amr", data)
        return await self.sender.message("voice", MediaId=media_id, Format="amr")

    async def sends_file(self, name: str, data: bytes) -> Delivery:
        """Documented for customer service only; members' files may come all the same."""
        media_id = self._keep("file", name, "application/octet-stream", data)
        return await self.sender.message("file", MediaId=media_id)

    async def sends_video(self, data: bytes = b"....ftypmp42") -> Delivery:
        media_id = self._keep("video", "video.mp4", "video/mp4", data)
        return await self.sender.message("video", MediaId=media_id, ThumbMediaId=media_id)

    async def sends_location(
        self, latitude: float, longitude: float, label: str, scale: int = 15
    ) -> Delivery:
        self.write("location", title=label)
        place = {"Location_X": latitude, "Location_Y": longitude, "Scale": scale, "Label": label}
        client = {} if self.member.plugin else {"AppType": "wxwork"}
        return await self.sender.message("location", **place, **client)

    async def sends_link(self, title: str, url: str, description: str = "") -> Delivery:
        self.write("link", title=title, description=description, url=url)
        own = {"Title": title, "Description": description, "Url": url, "PicUrl": PICTURE_URL}
        return await self.sender.message("link", **own)

    async def opens_app(self) -> Delivery:
        """The event comes where the administrator switched it on."""
        self.acts()
        return await self.sender.event("enter_agent", EventKey="")

    async def reports_location(self, latitude: float, longitude: float) -> Delivery:
        self.acts()
        place = {"Latitude": latitude, "Longitude": longitude}
        return await self.sender.event("LOCATION", Precision=65.0, last=None, **place)

    async def joins(self) -> Delivery:
        """Comes into the app's visible range."""
        self.app.outside.discard(self.member.key)
        return await self.sender.event("subscribe", EventKey="")

    async def leaves(self) -> Delivery:
        """Goes out of the visible range: nothing reaches them any more."""
        self.app.outside.add(self.member.key)
        return await self.sender.event("unsubscribe", EventKey="")

    def _keep(self, kind: str, name: str, mime: str, data: bytes) -> str:
        medium = media.keep(self.world, self.app, kind, Upload(name, mime, data))
        self.write(kind, data, media_id=medium.id, name=name)
        return medium.id
