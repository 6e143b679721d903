"""What partners are promised: schemas of their events and answers, and the AsyncAPI document."""
