//! Field names, types and descriptions of every kind, taken from k8s-openapi's own JSON schema, so that nothing about
//! the wire types is typed twice. Built once, on first use (about a millisecond).

use std::sync::LazyLock;

use k8s_openapi::api::core::v1 as core;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use crate::object::Kind;
use crate::podpreset::PodPreset;

const PREFIX: &str = "#/$defs/";
const QUANTITY: &str = "io.k8s.apimachinery.pkg.api.resource.Quantity";

static DEFINITIONS: LazyLock<Definitions> = LazyLock::new(Definitions::build);

struct Definitions {
    types: Map<String, Value>,
    roots: Vec<(Kind, Value)>,
}

impl Definitions {
    fn build() -> Self {
        let mut generator = SchemaSettings::draft2020_12().into_generator();
        let roots = vec![
            (Kind::Pod, generator.subschema_for::<core::Pod>().to_value()),
            (Kind::Secret, generator.subschema_for::<core::Secret>().to_value()),
            (Kind::ConfigMap, generator.subschema_for::<core::ConfigMap>().to_value()),
            (Kind::Namespace, generator.subschema_for::<core::Namespace>().to_value()),
            (Kind::ServiceAccount, generator.subschema_for::<core::ServiceAccount>().to_value()),
            (Kind::Node, generator.subschema_for::<core::Node>().to_value()),
            (Kind::PodPreset, generator.subschema_for::<PodPreset>().to_value()),
        ];
        Self { types: generator.take_definitions(true), roots }
    }
}

/// The type of a field.
#[derive(Clone, Copy)]
pub(crate) struct Type {
    schema: &'static Value,
}

/// What values of a type look like.
#[derive(Clone, Copy)]
pub(crate) enum Shape {
    /// Named fields.
    Object(&'static Map<String, Value>),
    /// Free keys, all values of one type.
    Map(Type),
    List(Type),
    Text,
    /// RFC 3339.
    Time,
    /// Base64.
    Bytes,
    Int32,
    Int64,
    Boolean,
    Quantity,
    IntOrText,
    /// Anything goes (`managedFields`).
    Any,
}

// === impl Type ===

impl Type {
    /// The type of a whole object.
    pub(crate) fn of(kind: Kind) -> Self {
        let root = DEFINITIONS.roots.iter().find(|(known, _)| *known == kind);
        Self { schema: root.map_or(&Value::Null, |(_, schema)| schema) }
    }

    fn reference(self) -> Option<&'static str> {
        self.schema.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix(PREFIX))
    }

    fn target(self) -> &'static Value {
        self.reference().and_then(|name| DEFINITIONS.types.get(name)).unwrap_or(self.schema)
    }

    /// What the values look like.
    pub(crate) fn shape(self) -> Shape {
        if self.reference() == Some(QUANTITY) {
            return Shape::Quantity;
        }
        let target = self.target();
        let format = target.get("format").and_then(Value::as_str);
        match (target.get("type").and_then(Value::as_str), format) {
            (Some("object"), _) => {
                if let Some(Value::Object(fields)) = target.get("properties") {
                    Shape::Object(fields)
                } else if let Some(schema) = target.get("additionalProperties") {
                    Shape::Map(Self { schema })
                } else {
                    Shape::Any
                }
            }
            (Some("array"), _) => {
                target.get("items").map_or(Shape::Any, |schema| Shape::List(Self { schema }))
            }
            (Some("string"), Some("date-time")) => Shape::Time,
            (Some("string"), Some("byte")) => Shape::Bytes,
            (Some("string"), _) => Shape::Text,
            (Some("integer"), Some("int32")) => Shape::Int32,
            (Some("integer"), _) => Shape::Int64,
            (Some("boolean"), _) => Shape::Boolean,
            _ if target.get("x-kubernetes-int-or-string").is_some() => Shape::IntOrText,
            _ => Shape::Any,
        }
    }

    /// The field of that name.
    pub(crate) fn field(self, name: &str) -> Option<Self> {
        match self.shape() {
            Shape::Object(fields) => fields.get(name).map(|schema| Self { schema }),
            _ => None,
        }
    }

    /// The names of all fields, sorted.
    pub(crate) fn field_names(self) -> Vec<&'static str> {
        let mut names: Vec<&'static str> = match self.shape() {
            Shape::Object(fields) => fields.keys().map(String::as_str).collect(),
            _ => Vec::new(),
        };
        names.sort_unstable();
        names
    }

    /// The type whose fields are meant when this is a list or map of objects.
    pub(crate) fn element(self) -> Self {
        match self.shape() {
            Shape::List(inner) | Shape::Map(inner) => inner.element(),
            _ => self,
        }
    }

    /// What the documentation says: about the field where there is something, else about its type.
    pub(crate) fn description(self) -> &'static str {
        let text = |value: &'static Value| value.get("description").and_then(Value::as_str);
        text(self.schema).or_else(|| text(self.target())).unwrap_or_default()
    }

    /// The type in kubectl explain's words: `<[]Container>`, `<map[string]string>`, `<integer>`.
    pub(crate) fn name(self) -> String {
        match self.shape() {
            Shape::Object(_) => {
                self.reference().and_then(|name| name.rsplit('.').next()).unwrap_or("Object").to_owned()
            }
            Shape::Map(inner) => format!("map[string]{}", inner.name()),
            Shape::List(inner) => format!("[]{}", inner.name()),
            Shape::Text | Shape::Time | Shape::Bytes => "string".to_owned(),
            Shape::Int32 | Shape::Int64 => "integer".to_owned(),
            Shape::Boolean => "boolean".to_owned(),
            Shape::Quantity => "Quantity".to_owned(),
            Shape::IntOrText => "IntOrString".to_owned(),
            Shape::Any => "Object".to_owned(),
        }
    }
}
