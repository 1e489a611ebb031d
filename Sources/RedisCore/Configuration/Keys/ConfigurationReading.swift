/// Reads settings of one source into a configuration, or says all that is wrong with them.
struct ConfigurationReading {
    /// How the source writes names.
    enum Style {
        case dictionary
        case environment
        case url
    }

    /// What the names begin with.
    private let prefix: String
    private let style: Style
    /// How each key was written, with its prefix.
    private var written: [String: String] = [:]
    /// Complaints about names that no key has.
    private var strangers: [String] = []
    var draft = ConfigurationDraft()

    init(prefix: String, _ style: Style) {
        self.prefix = prefix
        self.style = style
    }

    /// Reads a value, which is `nil` if it is not UTF-8. `name` is the key as the source writes it, with its prefix.
    mutating func read(_ text: String?, of key: ConfigurationKey, writtenAs name: String) {
        guard written[key.name] == nil else {
            return draft.refuse(key.name, .predicate("means the same as \(name); leave one of them out"))
        }
        written[key.name] = name
        guard let text else { return draft.refuse(key.name, .predicate("is not UTF-8")) }
        do throws(ConfigurationComplaint) { try draft.read(text, of: key) } catch {
            draft.refuse(key.name, error, value: key.isSecret || text.isEmpty ? nil : text)
        }
    }

    /// Notes that no key has a name.
    mutating func refuseUnknown(_ name: String, known: some Sequence<String>) {
        let rest = name.utf8.dropFirst(prefix.utf8.count)
        let hint = known.first { Self.isSimilar($0.utf8, rest) }
        let shown = name.shown(upTo: ShownText.nameLimit)
        strangers.append("\(shown) is unknown\(hint.map { "; \(prefix)\($0) is known" } ?? "")")
    }

    /// What was read.
    ///
    /// - Throws: `.invalidConfiguration`, with all that is wrong.
    func configuration() throws(RedisError) -> RedisConfiguration {
        var draft = draft
        let configuration = draft.configuration { name(of: $0) }
        let order = Dictionary(ConfigurationKey.all.enumerated().map { ($1.name, $0) }) { first, _ in first }
        let faults = draft.faults.sorted { order[$0.key] ?? .max < order[$1.key] ?? .max }
        let complaints = faults.map { describe($0, in: draft) } + strangers
        guard !complaints.isEmpty else { return configuration }
        throw RedisError(.invalidConfiguration, complaints.joined(separator: "; "))
    }

    /// The name of a key as it was written, or as it would be written.
    private func name(of key: String) -> String {
        if let name = written[key] { return name }
        guard let row = ConfigurationKey.named(key) else { return prefix + key }
        switch style {
        case .dictionary: return prefix + row.name
        case .environment: return prefix + row.environmentNames[0]
        case .url: return row.urlOption ?? row.name
        }
    }

    private func describe(_ fault: ConfigurationFault, in draft: ConfigurationDraft) -> String {
        var name = name(of: fault.key)
        var value = fault.value.map { " \"\($0.shown(upTo: ShownText.nameLimit))\"" } ?? ""
        // What stands in a URL has no key of its own.
        if let url = written[ConfigurationKey.url.name], written[fault.key] == nil, draft.mayStandInURL(fault.key) {
            name = url
            value = ""
            if case .predicate(let text) = fault.complaint {
                let part = ConfigurationKey.named(fault.key)?.urlOption ?? fault.key
                return "\(name): \(part) \(text)"
            }
        }
        return switch fault.complaint {
        case .predicate(let text): "\(name)\(value) \(text)"
        case .sentence(let text): "\(name)\(value): \(text)"
        }
    }

    /// Whether two names differ in nothing but case, separators, and one letter or two neighbours that are swapped.
    private static func isSimilar(_ one: some Sequence<UInt8>, _ other: some Sequence<UInt8>) -> Bool {
        var one = letters(one)[...]
        var other = letters(other)[...]
        while let first = one.first, first == other.first { (one, other) = (one.dropFirst(), other.dropFirst()) }
        while let last = one.last, last == other.last { (one, other) = (one.dropLast(), other.dropLast()) }
        return max(one.count, other.count) <= 1 || one.count == 2 && one.elementsEqual(other.reversed())
    }

    private static func letters(_ name: some Sequence<UInt8>) -> [UInt8] {
        name.compactMap { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
            case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): nil
            default: byte
            }
        }
    }
}
