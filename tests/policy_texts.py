"""Small official texts for the tests, all made up, and files that hold them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import docx
import pypdf
from pypdf.generic import DictionaryObject, NameObject, StreamObject

NOTICE = """某某市人民政府办公室
关于印发《某某市专利促进办
法》的通知

某政办发〔2025〕7号

各县市区人民政府：

《某某市专利促进办法》已经市人民政府同意，现印发给你们。

某某市人民政府办公室
2025年3月5日
（此件主动公开）

某某市专利促进办法

为促进专利转化，制定本办法。

一、总体要求

到2027年，发明专利达到300件以上，质押融资超过2亿元。

二、重点工作

（一）支持企业把专利用起来，开展专利促

进行动

1. 设立专利超市。市科技局建设专利超市，集中展示可交易的专利。（市科技局、市财政局按职责分工负责）

2. 开办专利夜校。到 2026 年 6 月底前，各县市区开办专利夜校，面向小企业讲授专利知
— 3 —
识。（责任单位：市教育局、市科技局）

三、保障措施

（一）加强宣传。通过短视频宣传专利故事。
"""

LAW = """中华某某示范条例
2020年5月1日某某委员会通过
第一章 总 则
第一条 为了示范，制定本条例。
第二条 本条例所称示范，是指下列活动：
（一）展览；
（二）演示。
依照第
一条作出的决定适用本条例。
第二章 示范
第一节 展览
第三条 展览期限为三十日。
第四条 展览应当登记。
"""


def clauses_of(lines: str) -> list[str]:
    return [line for line in lines.splitlines() if line]


def text_file(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def docx_file(path: Path, text: str) -> Path:
    document = docx.Document()
    for line in clauses_of(text):
        document.add_paragraph(line)
    document.save(str(path))
    return path


def pdf_file(path: Path, pages: Sequence[str], password: str | None = None) -> Path:
    """A PDF with a text layer: signs as two-byte codes that a ToUnicode map reads as they are."""
    writer = pypdf.PdfWriter()
    for text in pages:
        _write_page(writer, text)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    writer.write(path)
    return path


def _write_page(writer: pypdf.PdfWriter, text: str) -> None:
    page = writer.add_blank_page(595, 842)
    shown = "".join(f"<{line.encode('utf-16-be').hex()}> Tj T*\n" for line in clauses_of(text))
    fonts = DictionaryObject({NameObject("/F1"): _font(writer)})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    content = f"BT /F1 12 Tf 14 TL 50 800 Td\n{shown}ET"
    page[NameObject("/Contents")] = writer._add_object(_stream(content))


def _font(writer: pypdf.PdfWriter) -> DictionaryObject:
    name = NameObject
    signs = "1 begincodespacerange <0000> <ffff> endcodespacerange\n"
    signs += "1 beginbfrange <0000> <ffff> <0000> endbfrange"
    descendant = {name("/Type"): name("/Font"), name("/Subtype"): name("/CIDFontType2")}
    return DictionaryObject(
        {
            name("/Type"): name("/Font"),
            name("/Subtype"): name("/Type0"),
            name("/BaseFont"): name("/Song"),
            name("/Encoding"): name("/Identity-H"),
            name("/DescendantFonts"): pypdf.generic.ArrayObject([DictionaryObject(descendant)]),
            name("/ToUnicode"): writer._add_object(_stream(signs)),
        }
    )


def _stream(content: str) -> StreamObject:
    stream = StreamObject()
    stream.set_data(content.encode())
    return stream
