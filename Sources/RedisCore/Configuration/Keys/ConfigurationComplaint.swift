/// What is wrong with one setting, without its name and its value.
enum ConfigurationComplaint: Error, Sendable, Hashable {
    /// Goes on behind the name: "is not a number".
    case predicate(String)
    /// Has a subject of its own: "port is not a number".
    case sentence(String)

    var text: String {
        switch self {
        case .predicate(let text), .sentence(let text): text
        }
    }

    /// A complaint about a part of a URL.
    static func url(_ sentence: String) -> ConfigurationComplaint { .sentence(sentence) }
}

/// A complaint about the setting of a key.
struct ConfigurationFault {
    /// The key as the table has it.
    var key: String
    /// The value, unless it is secret or has nothing to do with the complaint.
    var value: String?
    var complaint: ConfigurationComplaint
}
