"""The classifier: text -> kind, topic and urgency, with confidence and reasons; training and evaluation."""
