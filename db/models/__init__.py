"""Every table, one file a topic. Importing this module registers all of them."""

from db.models.assessments import Assessment
from db.models.desk import Interest, Post, Ticket, TicketLine, TicketWatcher
from db.models.events import Broadcast, Event, SignUp
from db.models.introductions import Introduction
from db.models.kf import KfAccount, KfSession
from db.models.patents import (
    Favourite,
    ImportColumn,
    Match,
    Need,
    NeedFollower,
    Patent,
    PatentViews,
)
from db.models.people import (
    Admission,
    Audit,
    Claim,
    Enterprise,
    EnterpriseSegment,
    Erasure,
    ImportBatch,
    Industry,
    Invitation,
    LinkCode,
    LinkTry,
    Merge,
    Person,
    Segment,
)
from db.models.policy import (
    AnswerReport,
    Asker,
    Clause,
    ClauseVersion,
    Document,
    Gap,
    StaffAnswer,
)
from db.models.pushes import Offer, WeeklyPack
from db.models.spine import Body, Chat, Draft, File, Incoming, Job, Lease, Outgoing
from db.models.wecom import WeComMessage, WeComToken

__all__ = [
    "Admission",
    "AnswerReport",
    "Asker",
    "Assessment",
    "Audit",
    "Body",
    "Broadcast",
    "Chat",
    "Claim",
    "Clause",
    "ClauseVersion",
    "Document",
    "Draft",
    "Enterprise",
    "EnterpriseSegment",
    "Erasure",
    "Event",
    "Favourite",
    "File",
    "Gap",
    "ImportBatch",
    "ImportColumn",
    "Incoming",
    "Industry",
    "Interest",
    "Introduction",
    "Invitation",
    "Job",
    "KfAccount",
    "KfSession",
    "Lease",
    "LinkCode",
    "LinkTry",
    "Match",
    "Merge",
    "Need",
    "NeedFollower",
    "Offer",
    "Outgoing",
    "Patent",
    "PatentViews",
    "Person",
    "Post",
    "Segment",
    "SignUp",
    "StaffAnswer",
    "Ticket",
    "TicketLine",
    "TicketWatcher",
    "WeComMessage",
    "WeComToken",
    "WeeklyPack",
]
