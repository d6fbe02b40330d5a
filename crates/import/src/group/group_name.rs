//! Names of groups: the network's name, and the settings that tell groups apart.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Group;
use crate::Setting;
use crate::error::shown;

/// Most settings in a name.
const MOST_IN_A_NAME: usize = 4;

/// The settings besides the network's name that differ between groups.
pub(super) fn differing(groups: &[Group], network: Option<&str>) -> Vec<String> {
    let names: BTreeSet<&String> = groups.iter().flat_map(|group| group.settings.keys()).collect();
    let differs = |name: &&&String| {
        let first = groups.first().and_then(|group| group.settings.get(**name));
        groups.iter().any(|group| group.settings.get(**name) != first)
    };
    let others = names.iter().filter(|name| network != Some(name.as_str()));
    others.filter(differs).map(|name| (*name).clone()).collect()
}

/// Gives each group a name of its own.
pub(super) fn give_names(groups: &mut [Group], network: Option<&str>, differing: &[String]) {
    let of_network =
        |group: &Group| network.and_then(|name| group.settings.get(name)).map(Setting::to_string);
    // Groups of one network are told apart by what differs among them.
    let mut by_network: BTreeMap<Option<String>, Vec<usize>> = BTreeMap::new();
    for (position, group) in groups.iter().enumerate() {
        by_network.entry(of_network(group)).or_default().push(position);
    }
    for (network, members) in by_network {
        let differs = |name: &&String| {
            let value = |position: &usize| groups[*position].settings.get(*name);
            members.iter().any(|position| value(position) != members.first().and_then(value))
        };
        let telling: Vec<&String> = differing.iter().filter(differs).collect();
        for &position in &members {
            let mut parts: Vec<String> = network.iter().map(|name| shown(name)).collect();
            for name in telling.iter().take(MOST_IN_A_NAME) {
                match groups[position].settings.get(*name) {
                    Some(value) => {
                        parts.push(format!("{} {}", shown(name), shown(&value.to_string())))
                    }
                    None => parts.push(format!("no {}", shown(name))),
                }
            }
            if telling.len() > MOST_IN_A_NAME {
                parts.push("…".to_owned());
            }
            let name = if parts.is_empty() { "all runs".to_owned() } else { parts.join(", ") };
            groups[position].name = name;
        }
    }
    let mut taken: HashMap<String, usize> = HashMap::new();
    for group in groups {
        let count = taken.entry(group.name.clone()).or_insert(0);
        *count += 1;
        if *count > 1 {
            group.name = format!("{} ({count})", group.name);
        }
    }
}
