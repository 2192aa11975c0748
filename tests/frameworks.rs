//! The guide's checklist, point by point. That every measure it names exists is proved when it is loaded.

use pgcomply::catalogue::Frameworks;

#[test]
fn the_guide_has_twelve_points_and_each_has_evidence_of_its_own() {
    let all = Frameworks::load().unwrap();
    let guide = all.frameworks.iter().find(|f| f.info.id == "guide").unwrap();
    let ids: Vec<String> = guide.info.controls.iter().map(|c| c.id.clone()).collect();
    assert_eq!(ids, (1..=12).map(|n| n.to_string()).collect::<Vec<_>>());
    for control in &guide.info.controls {
        assert_eq!(control.citation, format!("Guide checklist {}", control.id));
        assert!(guide.primary.get(&control.id).is_some_and(|m| !m.is_empty()), "point {}", control.id);
    }
}

#[test]
fn a_point_does_not_name_a_measure_as_primary_and_as_supporting() {
    let all = Frameworks::load().unwrap();
    let guide = all.frameworks.iter().find(|f| f.info.id == "guide").unwrap();
    for (control, primary) in &guide.primary {
        let twice = guide.supporting.get(control).and_then(|s| s.iter().find(|m| primary.contains(m)));
        assert_eq!(twice, None, "point {control}");
    }
}
