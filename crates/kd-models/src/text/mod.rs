//! Architectures that read texts.

mod bag_of_embeddings;
mod bert;
mod gpt;
mod recurrent;
mod text_cnn;
mod transformer;

pub use bag_of_embeddings::BagOfEmbeddings;
pub use bert::Bert;
pub use gpt::Gpt;
pub use recurrent::RecurrentClassifier;
pub use text_cnn::TextCnn;
pub use transformer::Transformer;
