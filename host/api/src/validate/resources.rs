//! Requests and limits (VAL-61).

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ResourceRequirements;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as WireQuantity;

use super::{Errors, Path, names};
use crate::model::Quantity;

pub(super) fn check(errors: &mut Errors, amounts: &ResourceRequirements, path: &Path) {
    let empty = BTreeMap::new();
    let limits = amounts.limits.as_ref().unwrap_or(&empty);
    let requests = amounts.requests.as_ref().unwrap_or(&empty);
    for (side, list) in [("limits", limits), ("requests", requests)] {
        for (name, amount) in list {
            one(errors, name, amount, &path.child(side).key(name));
        }
    }
    for (name, request) in requests {
        let (Some(limit), Ok(request)) = (limits.get(name), Quantity::try_from(request)) else { continue };
        let Ok(limit) = Quantity::try_from(limit) else { continue };
        if request > limit {
            let detail = format!("must be less than or equal to {name} limit of {limit}");
            errors.invalid(&path.child("requests"), request.to_string().as_str(), &detail);
        }
    }
}

fn one(errors: &mut Errors, name: &str, amount: &WireQuantity, path: &Path) {
    let standard = matches!(name, "cpu" | "memory" | "ephemeral-storage") || name.starts_with("hugepages-");
    errors.name(path, name, names::qualified_name);
    if !standard && !name.contains('/') {
        errors.invalid(path, name, "must be a standard resource type or fully qualified");
        errors.invalid(path, name, "must be a standard resource for containers");
    }
    let Ok(amount) = Quantity::try_from(amount) else {
        let detail = crate::model::quantity::QuantityError.to_string();
        return errors.invalid(path, amount.0.as_str(), &detail);
    };
    if amount.is_negative() {
        errors.invalid(path, amount.to_string().as_str(), "must be greater than or equal to 0");
    }
    if !standard && !amount.is_whole() {
        errors.invalid(path, amount.to_string().as_str(), "must be an integer");
    }
}
