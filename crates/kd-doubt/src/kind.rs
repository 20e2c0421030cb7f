use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Kinds of doubts. A task that lists one in `accept` says that it is right as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A column of which most cells, and not all, are numbers.
    MixedColumn,
    /// A column that numbers the rows.
    IndexColumn,
    /// A quoted cell of many lines, which a stray quote may have made.
    LongCells,
    /// A first row that looks like the rows below it, and is read as the names of columns.
    HeaderRow,
    /// Rows, files or lines that were passed over.
    PassedOver,
    /// Folders within the folders of classes.
    NestedFolders,
    /// Classes that differ by blanks, case or the way a number is written.
    SimilarClasses,
    /// Numbers that are taken for classes.
    NumbersAsClasses,
    /// Classes of which most have one example, as if something else were taken for them.
    RareClasses,
    /// Texts that say nothing.
    EmptyTexts,
    /// Pictures that are damaged.
    DamagedPictures,
    /// Colours in another place than where they are looked for.
    ColourAxis,
    /// Test examples that are training examples too.
    Overlap,
    /// A class without an example where one is needed.
    MissingClass,
    /// A split for validation too small to choose by.
    SmallValidation,
    /// A teacher from elsewhere that does no better than chance.
    TeacherAtChance,
    /// A teacher from elsewhere that does much better once its classes are put into another order.
    TeacherClasses,
    /// Probabilities where logits are asked for.
    Probabilities,
    /// A teacher from elsewhere that says something else each time.
    RandomTeacher,
    /// A teacher of which it is not known how many samples it was trained on.
    UnknownSamples,
    /// Weights whose names all begin with what a wrapper put there.
    RenamedWeights,
    /// A model that says one class of everything.
    ConstantModel,
    /// Models that further training would have made better.
    Undertrained,
    /// What follows from how a study is set up.
    Design,
}

impl Kind {
    /// Its name in study files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::MixedColumn => "mixed_column",
            Self::IndexColumn => "index_column",
            Self::LongCells => "long_cells",
            Self::HeaderRow => "header_row",
            Self::PassedOver => "passed_over",
            Self::NestedFolders => "nested_folders",
            Self::SimilarClasses => "similar_classes",
            Self::NumbersAsClasses => "numbers_as_classes",
            Self::RareClasses => "rare_classes",
            Self::EmptyTexts => "empty_texts",
            Self::DamagedPictures => "damaged_pictures",
            Self::ColourAxis => "colour_axis",
            Self::Overlap => "overlap",
            Self::MissingClass => "missing_class",
            Self::SmallValidation => "small_validation",
            Self::TeacherAtChance => "teacher_at_chance",
            Self::TeacherClasses => "teacher_classes",
            Self::Probabilities => "probabilities",
            Self::RandomTeacher => "random_teacher",
            Self::UnknownSamples => "unknown_samples",
            Self::RenamedWeights => "renamed_weights",
            Self::ConstantModel => "constant_model",
            Self::Undertrained => "undertrained",
            Self::Design => "design",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_study_files() {
        for kind in
            [Kind::MixedColumn, Kind::Overlap, Kind::TeacherAtChance, Kind::NumbersAsClasses, Kind::Design]
        {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
    }
}
