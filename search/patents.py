"""Patents for a need: a tantivy index beside the database, rebuilt from it at any time.

Texts stay in the database. Coverage and reasons are read off the index itself (`_present`), so a
hit needs no second look-up, a second process can explain what it finds, and the index stays small.
"""

import math
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import batched, groupby
from pathlib import Path

import tantivy
from tantivy import Occur, Query

from search.tokens import grams, lexicon, normalise, runs, strip_boilerplate, technical_words

# Coverage is the share of a need's idf mass found in the patent. Measured on needs made from 12,178
# Chinese abstracts: at 0.6 89 % of the needs with a right patent pass and 20 % of those without.
PUSH_COVERAGE = 0.6
LIST_COVERAGE = 0.4
