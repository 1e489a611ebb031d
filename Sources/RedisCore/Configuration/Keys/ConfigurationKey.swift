/// A setting that text can have: one row of the table that drives all ways to configure by text, and their page.
package struct ConfigurationKey: Sendable {
    /// What a source of typed values has for a key.
    package enum Shape: Sendable {
        case text
        case number
        case flag
        case list
    }

    /// The name, such as `tls.caFile`.
    package let name: String
    /// What may be written.
    package let type: String
    package let shape: Shape
    /// One or two sentences in Markdown.
    package let documentation: String
    /// Names of other libraries for the same, such as `socket_timeout`.
    package private(set) var otherNames: [String] = []
    /// The name that a URL's option has, if there is such an option.
    package private(set) var urlOption: String?
    /// The default as it would be written.
    package private(set) var defaultText: String
    /// Whether the value must never be shown.
    package private(set) var isSecret = false
    /// The property of `RedisConfiguration` that complaints name.
    private(set) var property: String
    /// Reads a text.
    let write: @Sendable (String, inout ConfigurationDraft) throws(ConfigurationComplaint) -> Void
    /// The value as it would be written.
    private let text: @Sendable (ConfigurationDraft) -> String

    /// A row: its name, where its value goes, how the value is written, and what it is.
    init<Value>(
        _ name: String,
        _ path: any WritableKeyPath<ConfigurationDraft, Value> & Sendable,
        _ value: ConfigurationValue<Value>,
        _ documentation: String
    ) {
        self.name = name
        self.documentation = documentation
        property = name
        type = value.name
        shape = value.shape
        defaultText = value.text(ConfigurationDraft()[keyPath: path])
        write = { text, draft throws(ConfigurationComplaint) in draft[keyPath: path] = try value.parse(text) }
        text = { value.text($0[keyPath: path]) }
    }

    /// The row of the URL, which fills several parts of a draft.
    init(url documentation: String) {
        name = "url"
        type = "URL"
        shape = .text
        defaultText = "none"
        self.documentation = documentation
        property = name
        write = { text, draft throws(ConfigurationComplaint) in try draft.read(url: text) }
        text = { _ in "" }
    }

    /// Whether the draft has the default.
    func isAtDefault(in draft: ConfigurationDraft) -> Bool { text(draft) == text(ConfigurationDraft()) }
}

// What few rows have.
extension ConfigurationKey {
    /// With names of other libraries.
    func also(_ names: String...) -> ConfigurationKey { changed { $0.otherNames = names } }

    /// With an option in URLs. Its name is one of the row's.
    func inURL(_ name: String) -> ConfigurationKey { changed { $0.urlOption = name } }

    /// With what holds without the key, where the draft's value does not tell it.
    func otherwise(_ text: String) -> ConfigurationKey { changed { $0.defaultText = text } }

    /// With the property that complaints name, where it is not the name.
    func property(_ path: String) -> ConfigurationKey { changed { $0.property = path } }

    /// With a value that must never be shown.
    var secret: ConfigurationKey { changed { $0.isSecret = true } }

    private func changed(_ change: (inout ConfigurationKey) -> Void) -> ConfigurationKey {
        var key = self
        change(&key)
        return key
    }
}

extension ConfigurationKey {
    /// The name with underscores, such as `tls.ca_file`.
    package var snakeCaseName: String {
        name.reduce(into: "") { text, letter in text += letter.isUppercase ? "_\(letter.lowercased())" : "\(letter)" }
    }

    /// The name with underscores for dots as well, such as `tls_ca_file`.
    private var flatName: String { "\(snakeCaseName.map { $0 == "." ? "_" : $0 }.map(String.init).joined())" }

    /// All names in a dictionary, without its prefix. The first is the usual one.
    package var dictionaryNames: [String] {
        snakeCaseName == name ? [name] + otherNames : [name, snakeCaseName] + otherNames
    }

    /// All names in the environment, without its prefix. The first is the usual one.
    package var environmentNames: [String] { ([flatName] + otherNames).map { $0.uppercased() } }

    /// All names in a URL.
    package var urlNames: [String] { urlOption == nil ? [] : [flatName] + otherNames }

    /// The row of that name.
    static func named(_ name: String) -> ConfigurationKey? { all.first { $0.name == name } }

    /// The row of an option of a URL.
    static func urlOption(_ name: String) -> ConfigurationKey? { all.first { $0.urlNames.contains(name) } }
}
