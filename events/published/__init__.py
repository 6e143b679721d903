"""What is published of the event language: its catalogue, and the gate for changed schemas."""
