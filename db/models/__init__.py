"""Every table, one file a topic. Importing this module registers all of them."""

from db.models.events import Broadcast, Event, SignUp
from db.models.patents import Match, Need, Patent
from db.models.people import (
    Enterprise,
    EnterpriseSegment,
    Industry,
    Invitation,
    Person,
    Segment,
)
from db.models.policy import Clause, Document, Gap, Ticket
from db.models.spine import Body, Chat, Draft, File, Incoming, Job, Outgoing

__all__ = [
    "Body",
    "Broadcast",
    "Chat",
    "Clause",
    "Document",
    "Draft",
    "Enterprise",
    "EnterpriseSegment",
    "Event",
    "File",
    "Gap",
    "Incoming",
    "Industry",
    "Invitation",
    "Job",
    "Match",
    "Need",
    "Outgoing",
    "Patent",
    "Person",
    "Segment",
    "SignUp",
    "Ticket",
]
