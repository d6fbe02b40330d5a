//! Names of groups: the network's name, and the settings that tell groups apart.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Group;
use crate::Setting;
use crate::error::shown;

/// Most settings in a name.
const MOST_IN_A_NAME: usize = 8;

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

/// The fewest of the settings that still tell the groups apart, in their order. Each next one is that
/// which tells most apart; of equals, the one that most groups have, and then the one that is shortest.
fn fewest<'a>(groups: &[Group], members: &[usize], telling: Vec<&'a String>) -> Vec<&'a String> {
    // Groups with the same number are not told apart yet.
    let mut classes: Vec<usize> = vec![0; members.len()];
    let mut count = 1;
    let mut chosen: Vec<&String> = Vec::new();
    while count < members.len() {
        let split = |name: &String| {
            let mut numbers: BTreeMap<(usize, Option<&Setting>), usize> = BTreeMap::new();
            let classes: Vec<usize> = members
                .iter()
                .zip(&classes)
                .map(|(&member, &class)| {
                    let next = numbers.len();
                    *numbers.entry((class, groups[member].settings.get(name))).or_insert(next)
                })
                .collect();
            (numbers.len(), classes)
        };
        let rank = |name: &&&'a String| {
            let values = || members.iter().map(|&member| groups[member].settings.get(**name));
            let missing = values().filter(Option::is_none).count();
            let length: usize = values().flatten().map(|value| value.to_string().len()).sum();
            (std::cmp::Reverse(split(name).0), missing, length + name.len() * members.len())
        };
        let Some(next) = telling.iter().filter(|name| !chosen.contains(name)).min_by_key(rank)
        else {
            break;
        };
        let (now, split) = split(next);
        if now == count {
            break;
        }
        (count, classes) = (now, split);
        chosen.push(*next);
    }
    telling.into_iter().filter(|name| chosen.contains(name)).collect()
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
        let telling = fewest(groups, &members, telling);
        let name_of = |position: usize, most: usize| {
            let mut parts: Vec<String> = network.iter().map(|name| shown(name)).collect();
            for name in telling.iter().take(most) {
                match groups[position].settings.get(*name) {
                    Some(value) => {
                        parts.push(format!("{} {}", shown(name), shown(&value.to_string())))
                    }
                    None => parts.push(format!("no {}", shown(name))),
                }
            }
            if telling.len() > most {
                parts.push("…".to_owned());
            }
            if parts.is_empty() { "all runs".to_owned() } else { parts.join(", ") }
        };
        let names = |most| members.iter().map(|&group| name_of(group, most)).collect::<Vec<_>>();
        let mut named = names(MOST_IN_A_NAME);
        if named.iter().collect::<BTreeSet<_>>().len() < named.len() {
            // A long name is better than two that differ in nothing but a number.
            named = names(usize::MAX);
        }
        for (&position, name) in members.iter().zip(named) {
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
