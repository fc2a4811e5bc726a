"""feedback.corrected.v1: a person judged what the classifier said."""

from typing import ClassVar

from pydantic import Field

from shared.events.base import Event
from shared.events.classification import Kind, Urgency
from shared.events.submission import Channel


class FeedbackCorrected(Event):
    """A label by a person: the words, what the person says of them, and what the classifier had said.

    A confirmation has the same three answers twice. Of several about one feedback the latest counts.
    """

    topic: ClassVar[str] = "feedback.corrected.v1"
    source: ClassVar[str] = "desk"
    summary: ClassVar[str] = "A person confirmed or put right what the classifier said."

    actor: str = Field(description="Who says it: 'staff:<id>'; never a name.")
    channel: Channel
    text: str = Field(description="The resident's words: the label is of them.")

    kind: Kind = Field(description="What the person says.")
    subject: str = Field(description="The topic of the taxonomy, as the person says.")
    urgency: Urgency = Field(description="What the person says.")

    was_kind: Kind = Field(description="What the classifier had said, whoever corrected it in between.")
    was_subject: str = Field(description="What the classifier had said.")
    was_urgency: Urgency = Field(description="What the classifier had said.")
    model_version: str = Field(description="Version of the model whose answer was judged.")
