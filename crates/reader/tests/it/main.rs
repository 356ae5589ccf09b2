//! Tests of reading whole files: each kind as people make it, hostile ones, and anything at random.

mod broken;
mod make;
mod office;
mod pages;
mod pdfs;
