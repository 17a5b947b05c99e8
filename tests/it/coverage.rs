//! The coverage pages tell what the route table has. `MYNAH_WRITE_DOCS=1 cargo test coverage`
//! writes them anew.

use std::{collections::BTreeMap, fmt::Write, fs, path::Path};

use mynah::{dialects::returning_ai, server::operations, web::routes::Operation};

/// Where each page lies, and what it says on top.
const PAGES: &[(&str, &str)] = &[
    ("sendbird", "# What is served of the Sendbird Chat Platform API v3"),
    ("returning-ai", "# What is served of the Returning.AI API"),
];

fn page(title: &str, dialect: &str, operations: &[Operation]) -> String {
    let mut page = format!(
        "{title}\n\nGenerated from the route table; a test keeps it true. What is not served answers 501 in the vendor's \
         form,\nwith the header `X-Mynah: not-served`.\n"
    );
    let mut groups: Vec<(&str, Vec<&Operation>)> = Vec::new();
    for operation in operations {
        match groups.iter_mut().find(|(group, _)| *group == operation.group) {
            Some((_, known)) => known.push(operation),
            None => groups.push((operation.group, vec![operation])),
        }
    }
    for (group, mut operations) in groups {
        operations.sort_by_key(|operation| (operation.path, operation.method));
        let served = operations.iter().filter(|operation| operation.served).count();
        writeln!(page, "\n## {group}: {served} of {}\n", operations.len()).expect("a String takes all text");
        page.push_str("| operation | method | path | |\n| --- | --- | --- | --- |\n");
        for Operation { name, method, path, served, .. } in operations {
            let served = if *served { "served" } else { "not yet" };
            writeln!(page, "| {name} | {method} | `{path}` | {served} |").expect("a String takes all text");
        }
    }
    if dialect == "returning-ai" {
        page.push_str(
            "\n## Operations whose path no documentation shows\n\nThey cannot be served until it is known.\n\n",
        );
        for (group, what) in returning_ai::WITHOUT_PATH {
            writeln!(page, "- {group}: {what}").expect("a String takes all text");
        }
    }
    page
}

#[test]
fn the_coverage_pages_tell_what_the_route_table_has() {
    for (name, title) in PAGES {
        let operations =
            operations().into_iter().find(|(dialect, _)| dialect == name).expect("the dialect exists").1;
        let page = page(title, name, &operations);
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/coverage/{name}.md"));
        if std::env::var_os("MYNAH_WRITE_DOCS").is_some() {
            fs::create_dir_all(path.parent().expect("it has a folder")).expect("the folder can be made");
            fs::write(&path, &page).expect("the page can be written");
        }
        let written = fs::read_to_string(&path).unwrap_or_default();
        assert!(written == page, "{} is out of date: MYNAH_WRITE_DOCS=1 cargo test coverage", path.display());
    }
}

#[test]
fn no_two_operations_share_a_method_and_a_path() {
    let mut known = BTreeMap::new();
    for (_, operations) in operations() {
        for operation in operations {
            let other = known.insert((operation.method, operation.path), operation.name);
            assert_eq!(other, None, "{} {}", operation.method, operation.path);
        }
    }
}
