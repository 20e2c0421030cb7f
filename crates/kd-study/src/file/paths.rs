//! Where the files of a study are: what is written is relative to the folder of the study file.

use std::path::{Path, PathBuf};

use toml::Spanned;

use super::{OutputFiles, StudentFile, StudyFile, TaskFile, TeacherFile, TorchScriptFile, WeightsFile};

impl StudyFile {
    /// The same with every path taken from `folder`, in which the study file lies.
    pub(crate) fn in_folder(mut self, folder: &Path) -> Self {
        for path in self.tasks.values_mut().flatten().flat_map(|task| task.file.paths_mut()) {
            *path = folder.join(&*path);
        }
        self
    }
}

impl TaskFile {
    fn paths_mut(&mut self) -> Vec<&mut PathBuf> {
        let mut paths = self.data.get_mut().paths_mut();
        paths.extend(self.encoding.get_mut().path_mut());
        paths.extend(self.teacher.get_mut().paths_mut());
        paths.extend(self.student.paths_mut());
        paths
    }
}

impl TeacherFile {
    fn paths_mut(&mut self) -> Vec<&mut PathBuf> {
        let mut paths = Vec::new();
        if let Some(TorchScriptFile { path, .. }) = self.torch_script.as_mut().map(Spanned::get_mut) {
            paths.push(path);
        }
        if let Some(OutputFiles { train, test, .. }) = self.outputs.as_mut().map(Spanned::get_mut) {
            paths.extend([train, test]);
        }
        paths.extend(weights(&mut self.weights));
        paths.extend(self.sampling.get_mut().path_mut());
        paths
    }
}

impl StudentFile {
    fn paths_mut(&mut self) -> Vec<&mut PathBuf> {
        weights(&mut self.weights).into_iter().chain(self.sampling.get_mut().path_mut()).collect()
    }
}

fn weights(file: &mut Option<Spanned<WeightsFile>>) -> Option<&mut PathBuf> {
    file.as_mut().map(|file| &mut file.get_mut().path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_is_taken_from_the_folder_and_absolute_ones_stay() {
        let task = |data: &str, rest: &str| {
            format!(
                "data.{data}\n{rest}\nstudent = {{ model.lenet = {{}}, samples = [1], weights.path = \"w\", \
                 sampling.k_centre.features = \"f\", train.optimizer.least_squares = {{}} }}\n"
            )
        };
        let text = format!(
            "study = {{ name = \"s\", seeds = [1] }}\n[tasks.a]\n{}[tasks.b]\n{}[tasks.c]\n{}[arms]\n",
            task(
                "csv = { path = \"train\", test.path = \"/test\", columns.target = \"y\" }",
                "encoding.tokens.word_piece.path = \"vocab\"\n\
                 teacher = { torch_script.path = \"../t.pt\", \
                 sampling.by_score = { path = \"s\", order = \"highest\" } }"
            ),
            task(
                "json_splits.path = \"j\"",
                "teacher.outputs = { train = \"o\", test = \"p\" }\nteacher.weights.path = \"v\""
            ),
            task("catalogue = { name = \"mnist\", folder = \"d\" }", "teacher = {}"),
        );
        let mut file = StudyFile::parse(&text).unwrap().in_folder("at".as_ref());
        let paths: Vec<Vec<String>> = file
            .tasks
            .values_mut()
            .flatten()
            .map(|task| task.file.paths_mut().iter().map(|path| path.display().to_string()).collect())
            .collect();
        assert_eq!(
            paths,
            [
                &["at/train", "/test", "at/vocab", "at/../t.pt", "at/s", "at/w", "at/f"][..],
                &["at/j", "at/o", "at/p", "at/v", "at/w", "at/f"],
                &["at/d", "at/w", "at/f"],
            ]
        );
    }
}
