package import Foundation

/// Checks JSON against a schema, as far as ours use the language of schemas. A word that it does not
/// know is a complaint, so that the schema cannot say anything that is not checked.
package struct JSONSchema {
    private let root: [String: Any]

    /// Reads a schema.
    package init(contentsOf file: URL) throws {
        root = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any] ?? [:]
    }

    /// The schema of what `rwatch --json` prints.
    package static func ofRwatch() throws -> JSONSchema { try ofDocument("rwatch.schema.json") }

    /// A schema among the documentation.
    package static func ofDocument(_ name: String) throws -> JSONSchema {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try JSONSchema(contentsOf: root.appendingPathComponent("docs/\(name)"))
    }

    /// What is wrong with a line of JSON; `nil` when nothing is.
    package func complaint(about line: String) throws -> String? {
        complaint(about: try JSONSerialization.jsonObject(with: Data(line.utf8), options: .fragmentsAllowed))
    }

    /// What is wrong with a value; `nil` when nothing is.
    package func complaint(about value: Any) -> String? { check(value, root) }

    private func check(_ value: Any, _ schema: [String: Any]) -> String? {
        for (word, rule) in schema.sorted(by: { $0.key < $1.key }) {
            if let complaint = check(value, word, rule, schema) { return complaint }
        }
        return nil
    }

    private func check(_ value: Any, _ word: String, _ rule: Any, _ schema: [String: Any]) -> String? {
        let object = value as? [String: Any]
        switch word {
        case "$schema", "$id", "$defs", "title", "description": return nil
        case "$ref":
            guard let name = (rule as? String)?.split(separator: "/").last,
                let target = (root["$defs"] as? [String: Any])?[String(name)] as? [String: Any]
            else { return "no definition \(rule)" }
            return check(value, target)
        case "const": return isSame(value, rule) ? nil : "\(value) is not \(rule)"
        case "type": return isOfType(value, rule as? String ?? "") ? nil : "\(value) is no \(rule)"
        case "minimum":
            guard let number = value as? NSNumber, let least = rule as? NSNumber else { return nil }
            return number.doubleValue >= least.doubleValue ? nil : "\(value) is less than \(rule)"
        case "pattern":
            guard let text = value as? String, let pattern = rule as? String else { return nil }
            return text.range(of: pattern, options: .regularExpression) != nil
                ? nil : "\(text) does not match \(pattern)"
        case "items":
            guard let elements = value as? [Any], let rule = rule as? [String: Any] else { return nil }
            return elements.lazy.compactMap { check($0, rule) }.first
        case "properties":
            guard let object, let rules = rule as? [String: [String: Any]] else { return nil }
            return object.lazy.compactMap { name, member in rules[name].flatMap { check(member, $0) } }.first
        case "required":
            guard let object, let names = rule as? [String] else { return nil }
            return names.first { object[$0] == nil }.map { "\($0) is missing" }
        case "additionalProperties":
            if let object, let rule = rule as? [String: Any] {
                return object.values.lazy.compactMap { check($0, rule) }.first
            }
            guard let object, let known = schema["properties"] as? [String: Any], rule as? Bool == false else {
                return "additionalProperties is \(rule)"
            }
            return object.keys.first { known[$0] == nil }.map { "\($0) is not known" }
        case "allOf": return (rule as? [[String: Any]] ?? []).lazy.compactMap { check(value, $0) }.first
        case "oneOf":
            let complaints = (rule as? [[String: Any]] ?? []).compactMap { check(value, $0) }
            let count = (rule as? [[String: Any]] ?? []).count - complaints.count
            return count == 1 ? nil : "\(count) of \(word) hold: \(complaints)"
        default: return "unknown word \(word)"
        }
    }

    /// A number that was read from `true` or `false` is one of characters, as Foundation has had it from the beginning.
    private func isBoolean(_ value: Any) -> Bool {
        guard let number = value as? NSNumber else { return false }
        return unsafe String(cString: number.objCType) == "c"
    }

    private func isSame(_ value: Any, _ other: Any) -> Bool {
        (value as? NSObject).map { $0.isEqual(other) } ?? false
    }

    private func isOfType(_ value: Any, _ name: String) -> Bool {
        switch name {
        case "object": value is [String: Any]
        case "array": value is [Any]
        case "string": value is String
        case "boolean": isBoolean(value)
        case "number": value is NSNumber && !isBoolean(value)
        case "integer":
            (value as? NSNumber).map { !isBoolean($0) && $0.doubleValue.rounded() == $0.doubleValue } ?? false
        default: false
        }
    }
}
