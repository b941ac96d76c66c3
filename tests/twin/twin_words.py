"""Numbers of processes and kinds, as the page of keys lists them."""

from __future__ import annotations

PROCESSES = (
    "WORLD", "TASTE", "NEED_RATE", "SCEPTICISM", "INCITER", "FOLLOWS", "FIRST_CHOICE", "DEMAND", "NEED",
    "CHOICE", "FAILURE", "SEVERITY", "EXPERIENCE_NOISE", "RESPONSE", "PRAISE", "CHANNEL", "ATTRIBUTE",
    "VOICE_TIME", "VISIBLE", "LAG", "ATTENTION", "SHARE", "REBUT", "SPAM_COUNT", "SPAM_FILTER", "PATIENCE",
    "REPOST", "PUBLIC_REPLY", "LISTEN", "OPINION_NOISE", "INCIDENT_HIT", "CAMPAIGN_POST", "PAID_IMPRESSION",
    "UNFOLLOW", "MESSAGE", "NETWORK", "EXPERIENCE", "SERVICE_TIME", "INSINCERE_REPLY", "EXPOSE", "FAKE_AUTHOR",
    "FAKE_TIME", "DELETE", "NOTICE", "TELL_ON", "BOYCOTT_THRESHOLD", "BOYCOTT_CALL", "ASK", "ANSWER",
    "ANSWER_TIME", "CIRCLE_BACK", "HOLLOW", "SURVEY_SAMPLE", "SURVEY_NOISE", "OUTREACH", "INTRUSION", "SEEDED",
    "INCIDENT_TIME", "PREFERENCE", "INCIDENT_DAY",
)  # fmt: skip
"""Names of the processes, the first of which has number 1."""

P = type("P", (), {name: number for number, name in enumerate(PROCESSES, 1)})
"""Numbers of the processes by name."""

NO_DRAW = {"WORLD", "MESSAGE", "NETWORK", "EXPERIENCE", "ANSWER_TIME", "HOLLOW", "SEEDED"}
"""Processes that draw nothing."""

CAMPAIGN, AD, COMPLAINT, PRAISE, REPLY, SPAM, SHARE, UPDATE, QUESTION, ANSWER, EXPOSE, BOYCOTT, FAKE = range(13)
KINDS = (
    "CAMPAIGN", "AD", "COMPLAINT", "PRAISE", "REPLY", "SPAM", "SHARE", "UPDATE", "QUESTION", "ANSWER", "EXPOSE",
    "BOYCOTT", "FAKE",
)  # fmt: skip
OWN_WORDS = {CAMPAIGN, AD, REPLY, UPDATE, QUESTION}
"""Kinds that are openly a company's."""
AGAINST = {COMPLAINT, EXPOSE, BOYCOTT}
ADS = {CAMPAIGN, AD}

PAGE, PEER, PRIVATE, AD_CHANNEL = range(4)
