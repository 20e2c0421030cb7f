//! What findings gain from more than rows: predictions, which examples were got right, histories.

mod decomposed;
mod populations;
mod traced;
