//! Links and pictures: what a page names is there.

use std::fs;
use std::path::PathBuf;

use crate::pages::{Page, lesson_folders, pages};

/// What the links of a page in the workspace lead to.
fn targets(page: &Page) -> Vec<PathBuf> {
    let links = page.links();
    let local = links.iter().filter(|link| !link.contains("://"));
    local
        .filter_map(|link| link.split('#').next())
        .filter(|link| !link.is_empty())
        .map(|link| page.folder().join(link))
        .collect()
}

#[test]
fn every_link_leads_somewhere() {
    for page in pages() {
        for target in targets(&page) {
            assert!(target.exists(), "{:?}: {target:?}", page.file);
        }
    }
}

#[test]
fn every_place_in_a_page_that_is_linked_is_a_heading() {
    let all = pages();
    for page in &all {
        for link in page.links() {
            let Some((file, place)) = link.split_once('#') else { continue };
            if file.contains("://") {
                continue;
            }
            let target = page.folder().join(file);
            let target = match file {
                "" => page,
                _ => {
                    let target = target.canonicalize().unwrap();
                    let same = |other: &&Page| {
                        other.file.canonicalize().unwrap() == target
                    };
                    all.iter().find(same).unwrap()
                }
            };
            let is_there = target
                .prose()
                .iter()
                .filter_map(|line| line.strip_prefix('#'))
                .any(|heading| anchor(heading) == place);
            assert!(is_there, "{:?}: {link}", page.file);
        }
    }
}

/// How GitHub names a heading's place.
fn anchor(heading: &str) -> String {
    let heading = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = heading.chars().filter_map(|c| match c {
        ' ' => Some('-'),
        '-' | '_' => Some(c),
        c => c.is_alphanumeric().then_some(c),
    });
    kept.collect()
}

#[test]
fn every_file_of_a_lesson_is_linked_from_its_page() {
    for page in pages() {
        if page.lesson().is_none() || page.name() != "README.md" {
            continue;
        }
        let linked = targets(&page);
        for part in ["src", "src/bin", "python", "examples", "tests"] {
            let Ok(files) = fs::read_dir(page.folder().join(part)) else {
                continue;
            };
            for file in files {
                let path = file.unwrap().path();
                let is_code = path.extension();
                if is_code.is_some_and(|kind| kind == "rs" || kind == "py") {
                    let found = linked.contains(&path);
                    assert!(found, "{path:?} is not linked");
                }
            }
        }
    }
}

#[test]
fn every_lesson_shows_each_of_its_pictures() {
    for folder in lesson_folders() {
        let page = fs::read_to_string(folder.join("README.md")).unwrap();
        let pictures = fs::read_dir(&folder).unwrap().filter_map(|file| {
            let name = file.unwrap().file_name().into_string().unwrap();
            name.ends_with(".svg").then_some(name)
        });
        let pictures: Vec<String> = pictures.collect();
        assert!(!pictures.is_empty(), "{folder:?}");
        for name in pictures {
            let picture = fs::read_to_string(folder.join(&name)).unwrap();
            assert!(picture.starts_with("<svg"), "{folder:?}");
            // The one that moves is on the first page.
            let shown = page.contains(&format!("]({name})"));
            let moves = name == "moving.svg";
            assert!(shown || moves, "{folder:?} does not show {name}");
        }
    }
}
