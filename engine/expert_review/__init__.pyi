"""Reviews of deliverables by other people: a bundle to look at, and a signed verdict on its exact bytes."""

from .bundle import MANIFEST, NOTES, ReviewBundle, ReviewSubject, SubjectFile, open_bundle, write_bundle
from .envelope import PAYLOAD_TYPE, SignedEnvelope, sign, signers_of
from .notes import ReviewNote, read_notes
from .reviewer_keys import key_id, load_reviewer_key, new_reviewer_key, read_reviewer_key, reviewer_keys_folder
from .rules import REVIEWERS, SCOPES, Reviewer, ReviewRule, ReviewRules, Scope, read_review_rules, write_review_rules
from .standing import ReviewStanding, standing_of
from .statement import ReviewedDeliverable, ReviewStatement, read_statement, statement_of
from .verdict_files import VERDICTS, keep_verdict, read_verdict, read_verdicts

__all__ = [
    "MANIFEST",
    "NOTES",
    "PAYLOAD_TYPE",
    "REVIEWERS",
    "SCOPES",
    "VERDICTS",
    "ReviewBundle",
    "ReviewNote",
    "ReviewRule",
    "ReviewRules",
    "ReviewStanding",
    "ReviewStatement",
    "ReviewSubject",
    "ReviewedDeliverable",
    "Reviewer",
    "Scope",
    "SignedEnvelope",
    "SubjectFile",
    "keep_verdict",
    "key_id",
    "load_reviewer_key",
    "new_reviewer_key",
    "open_bundle",
    "read_notes",
    "read_review_rules",
    "read_reviewer_key",
    "read_statement",
    "read_verdict",
    "read_verdicts",
    "reviewer_keys_folder",
    "sign",
    "signers_of",
    "standing_of",
    "statement_of",
    "write_bundle",
    "write_review_rules",
]
