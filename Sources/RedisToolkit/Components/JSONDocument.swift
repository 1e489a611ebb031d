/// A JSON text of any form, for what has no type of its own.
package enum JSONDocument: Sendable, Hashable, Decodable {
    case null
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    case array([JSONDocument])
    case object([String: JSONDocument])

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int.self) {
            self = .int(value)
        } else if let value = try? container.decode(Double.self) {
            self = .double(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONDocument].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONDocument].self))
        }
    }

    /// What is in an object, with a dot between the names of objects inside it; nulls are left out. `nil` for what is
    /// no object.
    package var leaves: [String: JSONDocument]? {
        guard case .object(let members) = self else { return nil }
        var leaves: [String: JSONDocument] = [:]
        for (name, value) in members {
            switch value {
            case .null: break
            case .object:
                for (rest, leaf) in value.leaves ?? [:] { leaves["\(name).\(rest)"] = leaf }
            case .bool, .int, .double, .string, .array: leaves[name] = value
            }
        }
        return leaves
    }

    /// A leaf as a text, as configuration files have it; lists with commas.
    package var text: String {
        switch self {
        case .null: ""
        case .bool(let value): "\(value)"
        case .int(let value): "\(value)"
        case .double(let value): "\(value)"
        case .string(let value): value
        case .array(let values): values.map(\.text).joined(separator: ",")
        case .object: ""
        }
    }
}
