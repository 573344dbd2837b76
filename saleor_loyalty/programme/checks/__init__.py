"""What can be wrong with a programme: one module for each chapter of the document."""
