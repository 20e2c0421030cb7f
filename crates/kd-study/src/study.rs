//! A study that passed every check. The rest of the crate accepts nothing else.

use std::ops::Range;
use std::path::Path;

use kd_analysis::Role;
use kd_core::feature::FeatureLoss;
use kd_core::objective::{Features, Objective};
use kd_core::supervision::Supervision;
use kd_models::{Architecture, Input};

use crate::error::{Error, InvalidStudy, Result};
use crate::file::{Problem, Score, StudyFile};
use crate::predictor::Predictor;
use crate::representation::RepresentationSpec;
use crate::solve;
use crate::task::Task;
use crate::view::TeacherView;

/// A checked study.
#[derive(Debug, Clone)]
pub struct Study {
    /// The file, as written.
    pub text: String,
    /// What names the file in errors and commands.
    pub source: String,
    /// Whether this is the small version of it.
    pub smoke: bool,
    /// Name of the study.
    pub name: String,
    /// The question in words; may be empty.
    pub question: String,
    /// Seeds, distinct, at least one.
    pub seeds: Vec<u64>,
    /// Level of intervals.
    pub confidence: f64,
    /// Largest difference in accuracy that counts as none.
    pub margin: f64,
    /// Which accuracy findings use.
    pub score: Score,
    /// What is measured of representations, if anything.
    pub representation: Option<RepresentationSpec>,
    /// At least one.
    pub tasks: Vec<Task>,
    /// At least one; distinct objectives.
    pub arms: Vec<Arm>,
}

/// A training condition.
#[derive(Debug, Clone)]
pub struct Arm {
    /// Name, with the swept values.
    pub name: String,
    /// What the student minimises.
    pub objective: Objective,
    /// Its place in the argument.
    pub role: Role,
    /// For a control: the arm it is the control of.
    pub control_of: Option<String>,
}

impl Study {
    /// Reads and checks a study file.
    ///
    /// # Errors
    /// If it cannot be read, or with everything that is wrong in it.
    pub fn read(path: &Path) -> Result<Self> {
        // Not fs_err's: the error names the file itself.
        #[expect(clippy::disallowed_methods)]
        let text = std::fs::read_to_string(path)
            .map_err(|source| Error::StudyFile { path: path.to_owned(), source })?;
        Self::parse(&text, &path.display().to_string())
    }

    /// Checks a study file's text; `source` names it in errors.
    ///
    /// # Errors
    /// With everything that is wrong in it.
    pub fn parse(text: &str, source: &str) -> Result<Self> {
        let invalid = |problems| {
            Error::InvalidStudy(Box::new(InvalidStudy {
                source_name: source.to_owned(),
                text: text.to_owned(),
                problems,
            }))
        };
        let file = StudyFile::parse(text).map_err(|problem| invalid(vec![problem]))?;
        check(file, text, source).map_err(invalid)
    }

    /// A study of the same shape that takes seconds: two seeds, the smallest and largest M, a twentieth of each
    /// budget. Its numbers mean nothing; it shows that everything runs.
    #[must_use]
    pub fn smoke(mut self) -> Self {
        self.smoke = true;
        self.name.push_str("-smoke");
        self.seeds.truncate(2);
        for task in &mut self.tasks {
            if let Some(training) = &mut task.teacher.training {
                training.shorten(20);
            }
            task.student.training.shorten(20);
            task.teacher.members = task.teacher.members.min(2);
            let samples = &mut task.student.samples;
            if samples.len() > 2 {
                samples.drain(1..samples.len() - 1);
            }
        }
        self
    }
}

/// What results call the teachers' arm.
pub(crate) const TEACHER: &str = "teacher";

fn check(file: StudyFile, text: &str, source: &str) -> std::result::Result<Study, Vec<Problem>> {
    let mut problems = Vec::new();
    let header = file.study;

    let seeds = header.seeds.get_ref();
    if seeds.is_empty() {
        problems.push(
            Problem::new(header.seeds.span(), "at least one seed is needed", "empty")
                .help("five seeds give intervals worth reading: seeds = [11, 13, 21, 33, 55]"),
        );
    }
    for (index, seed) in seeds.iter().enumerate() {
        if seeds[..index].iter().any(|earlier| earlier.get_ref() == seed.get_ref()) {
            problems.push(
                Problem::new(seed.span(), format!("seed {} is listed twice", seed.get_ref()), "again here")
                    .help("a repeated seed repeats the same runs and makes intervals too narrow; remove it"),
            );
        }
    }

    let end = text.len()..text.len();
    if file.tasks.is_empty() {
        problems.push(
            Problem::new(end.clone(), "a study needs at least one task", "").help("add a table [tasks.NAME]"),
        );
    }
    if file.arms.is_empty() {
        problems
            .push(Problem::new(end, "a study needs at least one arm", "").help("add a table [arms.NAME]"));
    }

    let seeds: Vec<u64> = header.seeds.into_inner().into_iter().map(toml::Spanned::into_inner).collect();
    let mut tasks = Vec::new();
    for (name, task) in file.tasks {
        tasks.extend(Task::check(name.as_str(), task, &seeds, &mut problems));
    }

    if let Some(asked) = &header.representation
        && let Some((message, advice)) = asked.get_ref().refusal(&tasks)
    {
        problems.push(Problem::new(asked.span(), message, "here").help(advice));
    }

    let mut arms: Vec<Arm> = Vec::new();
    for (name, arm) in file.arms {
        let span = arm.objective.span();
        if name == TEACHER {
            problems.push(
                Problem::new(span.clone(), format!("an arm cannot be called `{TEACHER}`"), "of this arm")
                    .help("results list the teachers themselves under that name; choose another"),
            );
        }
        let objective = arm.objective.into_inner();
        if let Some(twin) = arms.iter().find(|earlier| earlier.objective == objective) {
            problems.push(
                Problem::new(
                    span.clone(),
                    format!("arms `{}` and `{name}` have the same objective", twin.name),
                    "again here",
                )
                .help("remove one of them, or change a parameter"),
            );
        }
        problems.extend(refusal(&objective, &tasks, &span));
        arms.push(Arm { name, role: role(&objective), objective, control_of: None });
    }
    for index in 0..arms.len() {
        arms[index].control_of = control_of(&arms[index], &arms);
    }

    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Study {
        text: text.to_owned(),
        source: source.to_owned(),
        smoke: false,
        name: header.name.into(),
        question: header.question,
        seeds,
        confidence: header.confidence.get(),
        margin: header.margin.get(),
        score: header.score,
        representation: header.representation.map(toml::Spanned::into_inner),
        tasks,
        arms,
    })
}

/// What is wrong with an objective, on the first task on which it is.
fn refusal(objective: &Objective, tasks: &[Task], span: &Range<usize>) -> Option<Problem> {
    tasks.iter().find_map(|task| {
        if objective.needs_ensemble() && task.teacher.members < 2 {
            let what = format!("task `{}` has one teacher, which is no ensemble", task.name);
            let advice = match task.teacher.predictor {
                Predictor::Model(_) => format!("set members = 4 in [tasks.{}.teacher]", task.name),
                Predictor::Pretrained(_) => {
                    "an ensemble is made of a `model` with `members`, trained here".to_owned()
                }
            };
            return Some(Problem::new(span.clone(), what, "listens to several").help(advice));
        }
        if let (Predictor::Pretrained(teacher), Some(_)) =
            (&task.teacher.predictor, objective.features().next())
        {
            let what =
                format!("the teacher of task `{}`, {teacher}, has no features to compare with", task.name);
            let advice = "compare its outputs, as `distillation` does, or train a `model` as teacher";
            return Some(Problem::new(span.clone(), what, "compares features").help(advice));
        }
        if let Some((what, advice)) = unseen(objective, task) {
            return Some(Problem::new(span.clone(), what, "does not go by view").help(advice));
        }
        let fits = objective
            .check(task.predicted)
            .and_then(|()| objective.features().try_for_each(|features| comparable(features, task)));
        let Err(error) = fits else {
            let (what, advice) = solve::unsolved(objective, task)?;
            return Some(Problem::new(span.clone(), what, "cannot be solved").help(advice));
        };
        let is_choice = matches!(error, kd_core::Error::TooManyClasses { .. });
        let problem =
            Problem::new(span.clone(), error.to_string(), if is_choice { "too many" } else { "here" });
        Some(if is_choice {
            problem.help(format!("task `{}` has {} classes", task.name, task.about.classes))
        } else {
            problem
        })
    })
}

/// Why an objective cannot be had on a task's views, and what to do instead.
fn unseen(objective: &Objective, task: &Task) -> Option<(String, String)> {
    let augmentation = task.augmentation?;
    let contrasts = |features: &Features| matches!(features.loss, FeatureLoss::Contrastive(_));
    if augmentation.mix.is_some() && objective.features().any(contrasts) {
        let what = format!("`contrastive` tells examples apart, but task `{}` mixes them", task.name);
        return Some((what, "leave out `mix`, or compare features in another way".to_owned()));
    }
    if task.teacher_view == TeacherView::Clean {
        return None;
    }
    let clean = format!("set teacher_view = \"clean\" in [tasks.{}]", task.name);
    if let (Predictor::Pretrained(teacher), true) = (&task.teacher.predictor, objective.needs_teacher()) {
        let what =
            format!("{teacher} is asked once about every example, but task `{}` augments them", task.name);
        return Some((what, clean));
    }
    let fixed = |term: &Objective| term.supervision().is_some_and(Supervision::needs_table);
    objective.terms().into_iter().any(fixed).then(|| {
        let what = format!(
            "this supervision is made once from the teacher's outputs on all examples, but with the augmentation of task \
             `{}` the teacher is asked anew about every view",
            task.name
        );
        (what, format!("{clean}, or, for `permuted`, draw it anew too: supervision.permuted.fresh = true"))
    })
}

/// That a task's models have the features that are compared, and that these can be.
fn comparable(features: &Features, task: &Task) -> kd_core::Result<()> {
    let taps = |model: &Architecture| -> Option<Vec<(String, Vec<i64>)>> {
        let taps = model.taps(task.input, task.outputs).ok()?;
        // Those of a language model are compared token by token.
        let leading = usize::from(matches!(task.input, Input::Sequence { .. }));
        Some(taps.into_iter().map(|tap| (tap.name, tap.shape[leading..].to_vec())).collect())
    };
    let teacher = task.teacher.predictor.architecture();
    // A model that does not fit the data has been complained of already.
    let (Some(student), Some(teacher)) = (taps(&task.student.model), teacher.and_then(taps)) else {
        return Ok(());
    };
    let (_, student) = features.of_student(&student)?;
    let (_, teacher) = features.of_teacher(&teacher)?;
    features.loss.check(student, teacher)
}

fn role(objective: &Objective) -> Role {
    match objective {
        Objective::CrossEntropy(labels) if labels.temperature.is_none() => return Role::Labels,
        Objective::SquaredError(_) | Objective::Huber(_) => return Role::Labels,
        Objective::LabelSmoothing(_) | Objective::VirtualTeacher(_) => return Role::LabelSmoothing,
        Objective::ConfidenceWeighted(_) => return Role::Other,
        _ => {}
    }
    let heard: Vec<&Supervision> = objective.terms().into_iter().filter_map(Objective::supervision).collect();
    let changed = || heard.iter().filter(|supervision| !matches!(supervision, Supervision::Full(_)));
    if !objective.needs_teacher() {
        Role::Other
    } else if changed().next().is_none() {
        Role::Distilled
    } else if changed().all(|supervision| matches!(supervision, Supervision::EntropyMatched(_))) {
        Role::EntropyMatched
    } else if changed().all(|supervision| matches!(supervision, Supervision::Permuted(_))) {
        Role::Permuted
    } else {
        Role::Other
    }
}

/// The arm that differs from `control` by full supervision only.
fn control_of(control: &Arm, arms: &[Arm]) -> Option<String> {
    if !matches!(control.role, Role::EntropyMatched | Role::Permuted) {
        return None;
    }
    let full = control.objective.with_full_supervision();
    arms.iter().find(|arm| arm.objective == full).map(|arm| arm.name.clone())
}
