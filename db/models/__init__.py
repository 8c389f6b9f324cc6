"""Every table, one file a topic. Importing this module registers all of them."""

from db.models.events import Broadcast, Event, SignUp
from db.models.patents import ImportColumn, Match, Need, NeedFollower, Patent
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
from db.models.policy import Clause, Document, Gap, Ticket
from db.models.spine import Body, Chat, Draft, File, Incoming, Job, Lease, Outgoing
from db.models.wecom import WeComMessage, WeComToken

__all__ = [
    "Admission",
    "Audit",
    "Body",
    "Broadcast",
    "Chat",
    "Claim",
    "Clause",
    "Document",
    "Draft",
    "Enterprise",
    "EnterpriseSegment",
    "Erasure",
    "Event",
    "File",
    "Gap",
    "ImportBatch",
    "ImportColumn",
    "Incoming",
    "Industry",
    "Invitation",
    "Job",
    "Lease",
    "LinkCode",
    "LinkTry",
    "Match",
    "Merge",
    "Need",
    "NeedFollower",
    "Outgoing",
    "Patent",
    "Person",
    "Segment",
    "SignUp",
    "Ticket",
    "WeComMessage",
    "WeComToken",
]
