//! The order vocabulary: what a strategy says and what a venue answers.
