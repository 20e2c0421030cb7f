//! The files of each crate and what each names of its own crate, read from their syntax. Tests are
//! left out: what is `#[cfg(test)]`, and the files that only it declares.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use serde_json::Value;
use syn::visit::{self, Visit};

use crate::cargo::{array, text};
use crate::failure::Failure;

/// The segments of a path from the root of its crate; empty is the root.
pub(crate) type ModulePath = Vec<String>;

/// The files of one library or program.
pub(crate) struct Sources {
    /// Its package.
    pub(crate) package: String,
    /// Each file, the root first.
    pub(crate) files: Vec<SourceFile>,
    modules: BTreeMap<ModulePath, Module>,
}

/// One file.
pub(crate) struct SourceFile {
    /// The module it is.
    pub(crate) module: ModulePath,
    /// Where it lies, from the folder of the crate's root.
    pub(crate) path: PathBuf,
    /// Its lines before the module of tests at its end.
    pub(crate) lines: usize,
    written: Vec<WrittenPath>,
}

/// A path as it stands in a file, and the module it stands in.
struct WrittenPath {
    within: ModulePath,
    segments: Vec<String>,
}

/// A module, a file's or one in braces.
struct Module {
    file: usize,
    /// What `use` gives a name here, re-exports among them.
    imports: BTreeMap<String, Vec<String>>,
}

/// One file names something that another defines.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Arrow {
    /// The place in [`Sources::files`] of the file that names.
    pub(crate) from: usize,
    /// That of the file that defines.
    pub(crate) to: usize,
    /// The path as it is written.
    pub(crate) by: String,
}

/// Reads every library and program of the workspace.
pub(crate) fn read_all(metadata: &Value) -> Result<Vec<Sources>, Failure> {
    let mut all = Vec::new();
    for package in array(&metadata["packages"]) {
        for target in array(&package["targets"]) {
            if array(&target["kind"]).iter().any(|kind| kind == "lib" || kind == "bin") {
                let root = PathBuf::from(text(&target["src_path"]));
                all.push(Sources::read(&text(&package["name"]), &root)?);
            }
        }
    }
    Ok(all)
}

impl Sources {
    /// Reads the file of a crate's root and all that it declares.
    pub(crate) fn read(package: &str, root: &Path) -> Result<Self, Failure> {
        let mut sources = Self { package: package.to_owned(), files: Vec::new(), modules: BTreeMap::new() };
        let folder = root.parent().unwrap_or(Path::new(""));
        sources.add(folder, root, folder, &[])?;
        Ok(sources)
    }

    /// Reads one file, then those it declares, which lie in `beneath`.
    fn add(&mut self, folder: &Path, file: &Path, beneath: &Path, module: &[String]) -> Result<(), Failure> {
        let code = fs_err::read_to_string(file)?;
        let syntax = syn::parse_file(&code).map_err(|error| {
            Failure::Architecture(format!("could not read {} as Rust: {error}", file.display()))
        })?;
        let mut reader = Reader { within: module.to_vec(), ..Reader::default() };
        reader.modules.entry(module.to_vec()).or_default();
        reader.visit_file(&syntax);

        let place = self.files.len();
        self.files.push(SourceFile {
            module: module.to_vec(),
            path: file.strip_prefix(folder).unwrap_or(file).to_path_buf(),
            lines: lines_before_tests(&code),
            written: reader.written,
        });
        for (path, imports) in reader.modules {
            self.modules.insert(path, Module { file: place, imports });
        }
        for path in reader.declared {
            let own = beneath.join(path[module.len()..].iter().collect::<PathBuf>());
            let (flat, nested) = (own.with_extension("rs"), own.join("mod.rs"));
            let file = if flat.exists() { flat } else { nested };
            self.add(folder, &file, &own, &path)?;
        }
        Ok(())
    }

    /// Who names whom, once for each pair. Between a module and what is inside it there is no arrow:
    /// that is containment.
    pub(crate) fn arrows(&self) -> Vec<Arrow> {
        let mut arrows = BTreeMap::new();
        for (from, file) in self.files.iter().enumerate() {
            for WrittenPath { within, segments } in &file.written {
                let Some(to) = self.defining(within, segments, 0) else { continue };
                let (namer, named) = (&file.module, &self.files[to].module);
                if !namer.starts_with(named) && !named.starts_with(namer) {
                    arrows.entry((from, to)).or_insert_with(|| segments.join("::"));
                }
            }
        }
        arrows.into_iter().map(|((from, to), by)| Arrow { from, to, by }).collect()
    }

    /// The file that defines what `path` means in a module, however it is re-exported; none where
    /// that is of another crate.
    fn defining(&self, within: &[String], path: &[String], followed: usize) -> Option<usize> {
        let (first, mut rest) = path.split_first()?;
        let mut at = within.to_vec();
        let mut local = true;
        match first.as_str() {
            "crate" => at.clear(),
            "self" => {}
            "super" => {
                at.pop();
                while let Some((next, tail)) = rest.split_first()
                    && next == "super"
                {
                    at.pop();
                    rest = tail;
                }
            }
            _ => (local, rest) = (false, path),
        }
        while let Some((next, tail)) = rest.split_first() {
            let child = [&at[..], std::slice::from_ref(next)].concat();
            if self.modules.contains_key(&child) {
                (at, rest, local) = (child, tail, true);
                continue;
            }
            let import = self.modules.get(&at).and_then(|module| module.imports.get(next));
            // A name that is imported as itself, such as `use serde`, leads nowhere.
            if let Some(import) = import.filter(|_| followed < 16) {
                let found = self.defining(&at, &[&import[..], tail].concat(), followed + 1);
                if found.is_some() {
                    return found;
                }
            }
            break;
        }
        if local { self.modules.get(&at).map(|module| module.file) } else { None }
    }
}

/// Lines of a file, without a module of tests that ends it.
fn lines_before_tests(code: &str) -> usize {
    let lines: Vec<&str> = code.lines().collect();
    let tests = lines.iter().rposition(|line| *line == "#[cfg(test)]");
    let ends_with_tests = |tests: usize| {
        let what = lines[tests..].iter().find(|line| !line.starts_with("#["));
        what.is_some_and(|what| what.contains("mod ") && what.ends_with('{'))
    };
    tests.filter(|&tests| ends_with_tests(tests)).unwrap_or(lines.len())
}

/// Gathers what one file declares, imports and names.
#[derive(Default)]
struct Reader {
    within: ModulePath,
    /// Modules in files of their own.
    declared: Vec<ModulePath>,
    modules: BTreeMap<ModulePath, BTreeMap<String, Vec<String>>>,
    written: Vec<WrittenPath>,
}

impl Reader {
    fn name(&mut self, segments: Vec<String>) {
        if segments.len() > 1 {
            self.written.push(WrittenPath { within: self.within.clone(), segments });
        }
    }

    fn import(&mut self, prefix: &[String], tree: &syn::UseTree) {
        let and = |ident: &syn::Ident| [prefix, &[ident.to_string()]].concat();
        let (path, name) = match tree {
            syn::UseTree::Path(path) => return self.import(&and(&path.ident), &path.tree),
            syn::UseTree::Group(group) => {
                return group.items.iter().for_each(|item| self.import(prefix, item));
            }
            syn::UseTree::Glob(_) => (prefix.to_vec(), None),
            syn::UseTree::Name(name) if name.ident == "self" => (prefix.to_vec(), prefix.last().cloned()),
            syn::UseTree::Name(name) => (and(&name.ident), Some(name.ident.to_string())),
            syn::UseTree::Rename(name) if name.ident == "self" => {
                (prefix.to_vec(), Some(name.rename.to_string()))
            }
            syn::UseTree::Rename(name) => (and(&name.ident), Some(name.rename.to_string())),
        };
        if let Some(name) = name {
            self.modules.entry(self.within.clone()).or_default().insert(name, path.clone());
        }
        self.name(path);
    }

    /// Paths in what a macro is given, which is not parsed.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.name(std::mem::take(&mut path));
                    }
                    path.push(ident.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                other => {
                    self.name(std::mem::take(&mut path));
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.tokens(group.stream());
                    }
                }
            }
        }
        self.name(path);
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        use syn::{
            Item, ItemConst, ItemEnum, ItemFn, ItemImpl, ItemMod, ItemStatic, ItemStruct, ItemTrait,
            ItemType, ItemUse,
        };
        let (Item::Const(ItemConst { attrs, .. })
        | Item::Enum(ItemEnum { attrs, .. })
        | Item::Fn(ItemFn { attrs, .. })
        | Item::Impl(ItemImpl { attrs, .. })
        | Item::Mod(ItemMod { attrs, .. })
        | Item::Static(ItemStatic { attrs, .. })
        | Item::Struct(ItemStruct { attrs, .. })
        | Item::Trait(ItemTrait { attrs, .. })
        | Item::Type(ItemType { attrs, .. })
        | Item::Use(ItemUse { attrs, .. })) = item
        else {
            return visit::visit_item(self, item);
        };
        if !attrs.iter().any(is_for_tests) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        self.within.push(module.ident.to_string());
        if module.content.is_some() {
            self.modules.entry(self.within.clone()).or_default();
            visit::visit_item_mod(self, module);
        } else {
            self.declared.push(self.within.clone());
        }
        self.within.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if item.leading_colon.is_none() {
            self.import(&[], &item.tree);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if !function.attrs.iter().any(is_for_tests) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            self.name(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        visit::visit_macro(self, called);
        self.tokens(called.tokens.clone());
    }
}

/// Whether an attribute is `#[cfg(test)]`.
fn is_for_tests(attribute: &syn::Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute.parse_args::<syn::Ident>().is_ok_and(|condition| condition == "test")
}

/// A crate of these files, for tests; the first is its root.
#[cfg(test)]
pub(crate) fn planted(package: &str, files: &[(&str, &str)]) -> Sources {
    let folder = tempfile::tempdir().unwrap();
    plant(folder.path(), files);
    Sources::read(package, &folder.path().join(files[0].0)).unwrap()
}

#[cfg(test)]
fn plant(folder: &Path, files: &[(&str, &str)]) {
    for (path, code) in files {
        let path = folder.join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, code).unwrap();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{lines_before_tests, plant, planted, read_all};

    /// Each arrow as `from -> to`.
    fn arrows(files: &[(&str, &str)]) -> Vec<String> {
        let sources = planted("kd-core", files);
        let path = |file: usize| sources.files[file].path.display();
        sources.arrows().iter().map(|arrow| format!("{} -> {}", path(arrow.from), path(arrow.to))).collect()
    }

    #[test]
    fn a_reexport_means_the_file_that_defines() {
        let found = arrows(&[
            ("lib.rs", "mod layer;\nmod model;\npub use layer::{Dense as Linear, kernel};\n"),
            (
                "layer/mod.rs",
                "mod dense;\nmod kernel;\npub use self::dense::*;\npub use dense::Dense;\npub use kernel::kernel;\n",
            ),
            ("layer/dense.rs", "pub struct Dense;\n"),
            ("layer/kernel.rs", "pub fn kernel() {}\n"),
            ("model.rs", "use crate::Linear;\nfn build(_: Linear) { crate::layer::kernel() }\n"),
        ]);
        assert_eq!(found, ["model.rs -> layer/dense.rs", "model.rs -> layer/kernel.rs"]);
    }

    #[test]
    fn an_imported_module_is_followed_to_what_is_used_of_it() {
        let found = arrows(&[
            ("lib.rs", "mod run;\nmod store;\n"),
            ("run.rs", "use crate::store;\nfn path() { store::layout::path() }\n"),
            ("store/mod.rs", "pub mod layout;\n"),
            ("store/layout.rs", "pub fn path() {}\n"),
        ]);
        assert_eq!(found, ["run.rs -> store/mod.rs", "run.rs -> store/layout.rs"]);
    }

    #[test]
    fn libraries_and_programs_are_read_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        plant(folder.path(), &[("lib.rs", "mod a;\n"), ("a.rs", ""), ("main.rs", ""), ("build.rs", "")]);
        let target = |kind: &str, path: &str| json!({ "kind": [kind], "src_path": folder.path().join(path) });
        let targets = [target("lib", "lib.rs"), target("bin", "main.rs"), target("custom-build", "build.rs")];
        let metadata = json!({ "packages": [{ "name": "kd-core", "targets": targets }] });
        let read: Vec<String> = read_all(&metadata)
            .unwrap()
            .iter()
            .flat_map(|own| own.files.iter().map(|file| format!("{} {}", own.package, file.path.display())))
            .collect();
        assert_eq!(read, ["kd-core lib.rs", "kd-core a.rs", "kd-core main.rs"]);
    }

    #[test]
    fn groups_and_self_are_paths_like_others() {
        let found = arrows(&[
            ("lib.rs", "mod a;\nmod b;\nmod c;\npub use self::b::{self as bee, d::{self, D}};\n"),
            ("a.rs", "use crate::{bee::B, c::C, d::D};\n"),
            ("b/mod.rs", "pub mod d;\npub struct B;\n"),
            ("b/d.rs", "pub struct D;\n"),
            ("c.rs", "pub struct C;\n"),
        ]);
        assert_eq!(found, ["a.rs -> b/mod.rs", "a.rs -> b/d.rs", "a.rs -> c.rs"]);
    }

    #[test]
    fn what_a_macro_is_given_counts() {
        let found = arrows(&[
            ("lib.rs", "mod a;\nmod b;\n"),
            ("a.rs", "fn told() -> String { format!(\"{}: {}\", 1, [crate::b::told()].concat()) }\n"),
            ("b.rs", "pub fn told() -> String { String::new() }\n"),
        ]);
        assert_eq!(found, ["a.rs -> b.rs"]);
    }

    #[test]
    fn containment_and_other_crates_are_no_arrows() {
        let found = arrows(&[
            ("lib.rs", "mod a;\nuse serde;\npub use serde::Serialize;\n"),
            ("a/mod.rs", "pub mod b;\nmod c { pub struct C(super::b::B); }\nuse b::B;\npub trait A {}\n"),
            ("a/b.rs", "use super::A;\nuse crate::{Serialize, serde};\npub struct B;\nimpl A for B {}\n"),
        ]);
        assert_eq!(found, [""; 0]);
    }

    #[test]
    fn a_module_in_braces_has_its_own_parent() {
        let found = arrows(&[
            ("lib.rs", "mod a;\nmod b;\n"),
            ("a.rs", "mod within { use super::super::b::B; pub struct A(B); }\n"),
            ("b.rs", "pub struct B;\n"),
        ]);
        assert_eq!(found, ["a.rs -> b.rs"]);
    }

    #[test]
    fn tests_are_left_out() {
        let found = arrows(&[
            ("lib.rs", "mod a;\nmod b;\n#[cfg(test)]\nmod only;\n"),
            (
                "a.rs",
                "#[cfg(test)]\nmod tests;\n#[cfg(test)]\nfn planted() { crate::b::b() }\npub struct A;\nimpl A { #[cfg(test)]\nfn a() { crate::b::b() } }\n",
            ),
            ("a/tests.rs", "use crate::b;\n"),
            ("b.rs", "pub fn b() {}\n#[cfg(test)]\nmod tests { use crate::a; }\n"),
            ("only.rs", "use crate::a;\nuse crate::b;\n"),
        ]);
        assert_eq!(found, [""; 0]);

        let found = arrows(&[
            ("lib.rs", "mod a;\nmod b;\nmod c;\n"),
            (
                "a.rs",
                "#[cfg(unix)]\nmod tests { use crate::b; }\npub struct A;\nimpl A { #[inline]\nfn a() { crate::c::c() } }\n",
            ),
            ("b.rs", ""),
            ("c.rs", "pub fn c() {}\n"),
        ]);
        assert_eq!(found, ["a.rs -> b.rs", "a.rs -> c.rs"]);
    }

    #[test]
    fn lines_end_where_a_module_of_tests_begins() {
        assert_eq!(lines_before_tests("mod a;\n#[cfg(test)]\nmod tests {\n}\n"), 1);
        assert_eq!(lines_before_tests("mod a;\n#[cfg(test)]\n#[allow(unused)] // why\nmod tests {\n}\n"), 1);
        assert_eq!(lines_before_tests("#[cfg(test)]\npub(super) mod tests {\n}\n"), 0);
        assert_eq!(lines_before_tests("#[cfg(test)]\nmod tests;\nmod a;\n"), 3);
        assert_eq!(lines_before_tests("#[cfg(test)]\nfn a() {}\nmod b {\n}\n"), 4);
    }
}
