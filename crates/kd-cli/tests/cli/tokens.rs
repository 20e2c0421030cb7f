//! What a token of a text may be.

use serde_json::Value;

use crate::{folder_with, output, stderr, stdout};

/// A study of one seed on bank customers' queries, which takes seconds.
fn study(encoding: &str) -> String {
    let model = "model.bag_of_embeddings = { dimension = 16 }";
    let train =
        "train = { budget.steps = 40, batch = 32, evaluations = 1, optimizer.adamw.learning_rate = 1e-2 }";
    format!(
        "[study]\nname = \"tiny\"\nseeds = [1]\n\n\
         [tasks.intent]\ndata.catalogue.name = \"banking77\"\nencoding = {encoding}\n\n\
         [tasks.intent.teacher]\nsamples = 400\n{model}\n{train}\n\n\
         [tasks.intent.student]\nsamples = [80]\n{model}\n{train}\n\n\
         [arms.labels]\nobjective.cross_entropy = {{}}\n\n\
         [arms.distilled]\nobjective.distillation = {{ temperature = 4.0 }}\n"
    )
}

const VOCABULARY: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\nmy\ncard\ntop\n##up\nwhy\ni\nthe\n";

/// Runs `encoding` in a folder with a `vocab.txt`, and gives what was stored of every run's encoder.
fn encoders(encoding: &str) -> Vec<Value> {
    let folder = folder_with(&study(encoding));
    fs_err::write(folder.path().join("vocab.txt"), VOCABULARY).unwrap();
    let run = output(folder.path(), &["run", "study.toml"]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    assert_eq!(stderr(&run).matches("DONE").count(), 3);
    let runs = fs_err::read_dir(folder.path().join("results/tiny/runs")).unwrap();
    runs.map(|run| {
        serde_json::from_slice(&fs_err::read(run.unwrap().path().join("encoder.json")).unwrap()).unwrap()
    })
    .collect()
}

#[test]
fn byte_pairs_are_those_of_a_run_s_own_samples() {
    let merges = "/inputs/texts/subwords/tokenizer/model/merges";
    let encoders = encoders("{ tokens.bpe = { vocabulary = 400 }, longest = 32 }");
    let merges: Vec<&Value> = encoders.iter().map(|encoder| encoder.pointer(merges).unwrap()).collect();
    let distinct = |at: usize| merges.iter().filter(|other| *other == &merges[at]).count();
    let mut shared: Vec<usize> = (0..3).map(distinct).collect();
    shared.sort_unstable();
    assert_eq!(shared, [1, 2, 2], "students share theirs, the teacher has its own");
    assert!(encoders.iter().all(|encoder| encoder.pointer("/inputs/texts/longest") == Some(&32.into())));
}

#[test]
fn characters_are_tokens() {
    for encoder in encoders("{ tokens = \"characters\", vocabulary = 30 }") {
        assert_eq!(encoder.pointer("/inputs/texts/vocabulary/characters"), Some(&true.into()));
        let known = encoder.pointer("/inputs/texts/vocabulary/features").and_then(Value::as_array).unwrap();
        assert_eq!((known.len(), &known[0]), (28, &" ".into()));
    }
}

#[test]
fn a_vocabulary_is_known_by_what_it_holds() {
    let folder = folder_with(&study("{ tokens.word_piece = { path = \"vocab.txt\" } }"));
    let write = |file: &str, text: &str| fs_err::write(folder.path().join(file), text).unwrap();
    write("vocab.txt", VOCABULARY);
    let run = || {
        let run = output(folder.path(), &["run", "study.toml"]);
        assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
        stderr(&run)
    };
    assert!(run().contains("3 runs (0 done, 3 to train)"));
    write("elsewhere.txt", VOCABULARY);
    write("study.toml", &study("{ tokens.word_piece = { path = \"elsewhere.txt\" } }"));
    assert!(run().contains("3 runs (3 done, 0 to train)"));
    write("elsewhere.txt", &format!("{VOCABULARY}pin\n"));
    assert!(run().contains("3 runs (0 done, 3 to train)"));
}

#[test]
fn what_gives_no_tokens_is_refused() {
    let complaint = |encoding: &str| {
        let folder = folder_with(&study(encoding));
        let write = |file: &str, text: &str| fs_err::write(folder.path().join(file), text).unwrap();
        write("vocab.txt", &VOCABULARY.replace("my\n", "card\n"));
        write("unknown.txt", &VOCABULARY.replace("[UNK]\n", ""));
        write("tokenizer.json", "{\n  \"model\": {\n");
        let plan = output(folder.path(), &["plan", "study.toml"]);
        assert_eq!(plan.status.code(), Some(2), "{}", stdout(&plan));
        stderr(&plan)
    };
    insta::assert_snapshot!(
        [
            "{ tokens = \"character\" }",
            "{ tokens = \"characters\", bigrams = false }",
            "{ tokens.bpe = { vocabulary = 200 } }",
            "{ tokens.word_piece = { path = \"absent.txt\" } }",
            "{ tokens.word_piece = { path = \"vocab.txt\" } }",
            "{ tokens.word_piece = { path = \"unknown.txt\" } }",
            "{ tokens.tokenizer_json = { path = \"tokenizer.json\" } }",
            "{ tokens.tokenizer_json = { path = \"tokenizer.json\", hash = \"0123\" } }",
        ]
        .map(complaint)
        .join("\n")
    );
}
