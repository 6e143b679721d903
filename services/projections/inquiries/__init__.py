"""What staff see of questions and answers: the work list, one question, every edition."""
