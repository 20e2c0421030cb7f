//! Readers, one file per format, with what a study file may say of it. Each is strict about its format, names file
//! and byte or row of a fault, and never takes more memory than a stated multiple of the file's size.

pub(crate) mod arff;
pub(crate) mod array;
pub(crate) mod array_pair;
pub(crate) mod arrays;
pub(crate) mod cifar;
mod class_folders;
mod colour_axis;
pub(crate) mod columns;
pub(crate) mod csv;
pub(crate) mod damaged;
mod element;
pub(crate) mod folder;
pub(crate) mod grid;
pub(crate) mod idx;
mod image_array;
pub(crate) mod image_list;
mod jpeg;
pub(crate) mod json_lines;
pub(crate) mod json_splits;
#[cfg(test)]
mod mutation;
mod npy;
pub(crate) mod parquet;
mod pickle;
pub(crate) mod picture_file;
pub(crate) mod pictures;
mod pixel_cache;
pub(crate) mod plain_text;
pub(crate) mod spreadsheet;
pub(crate) mod text_files;
pub(crate) mod text_lines;
pub(crate) mod text_pair;
