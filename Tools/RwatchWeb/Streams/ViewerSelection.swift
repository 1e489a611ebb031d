import RedisRESP
import RedisReactor
package import RwatchKit

/// Which events a viewer sees, by kind. It is read from the fields of a query, which have the names of the options.
package struct ViewerSelection: Sendable {
    /// What is wrong with a field, and where.
    package struct Mistake: Error, Sendable, Equatable {
        package var field: String
        package var message: String
        /// The text with the mistake and the place in bytes, where there is one.
        package var text: String?
        package var offset: Int?

        /// For people: the field, what is wrong, and a caret below the place.
        package var words: String {
            guard let text, let offset else { return "\(field): \(message)" }
            var (column, bytes) = (0, 0)
            for character in text where bytes < offset {
                bytes += character.utf8.count
                column += 1
            }
            let shown = String(text.map { $0.isNewline || $0 == "\t" ? " " : $0 }).shown(upTo: 4096)
            return "\(field): \(message)\n  \(shown)\n  \(String(repeating: " ", count: column))^"
        }
    }

    /// The fields whose values need not be text.
    private static let namesOfBytes: Set<String> = ["key", "not-key", "channel", "not-channel"]

    /// What commands must fulfil; `nil` when none are shown.
    package private(set) var commands: Selection? = Selection()
    package private(set) var messages: Selection? = Selection()
    package private(set) var keyEvents: Selection? = Selection()

    /// All events.
    package init() {}

    /// Reads a selection from the fields of a query. Those in `others` are passed over.
    ///
    /// - Throws: The first mistake.
    package init(_ fields: FormFields, others: Set<String> = ["token"]) throws(Mistake) {
        var common = Selection()
        for field in fields.all where !others.contains(field.name) && !Self.namesOfBytes.contains(field.name) {
            guard let text = String(validating: field.value, as: UTF8.self) else {
                throw Mistake(field: field.name, message: "is not UTF-8")
            }
            switch field.name {
            case "include": common.included.append(try Self.expression(text, field.name))
            case "exclude": common.excluded.append(try Self.expression(text, field.name))
            case "sample":
                guard let rate = SampleRate(text) else {
                    throw Mistake(field: field.name, message: "is not a part such as 1/100")
                }
                common.sample = rate
            case "kind", "where", "cmd", "not-cmd", "client", "min-size", "db": break
            default:
                throw Mistake(field: field.name, message: "is not a field of a selection")
            }
        }
        (commands, messages, keyEvents) = (common, common, common)
        try readKinds(fields)
        try readNames(fields)
        try readNumbers(fields)
        try readExpressions(fields)
    }

    private static func texts(_ fields: FormFields, _ name: String) -> [String] {
        fields[name].map { String(decoding: $0, as: UTF8.self) }
    }

    /// The names of a list with commas.
    private static func names(_ fields: FormFields, _ field: String) throws(Mistake) -> [String] {
        var all: [String] = []
        for text in texts(fields, field) {
            for part in text.split(separator: ",", omittingEmptySubsequences: false) {
                let name = String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
                guard !name.isEmpty else { throw Mistake(field: field, message: "needs values with commas between") }
                all.append(name)
            }
        }
        return all
    }

    private mutating func readKinds(_ fields: FormFields) throws(Mistake) {
        let kinds = Self.texts(fields, "kind")
        for kind in kinds where !["command", "message", "key"].contains(kind) {
            throw Mistake(field: "kind", message: "is none of command, message and key")
        }
        guard !kinds.isEmpty else { return }
        if !kinds.contains("command") { commands = nil }
        if !kinds.contains("message") { messages = nil }
        if !kinds.contains("key") { keyEvents = nil }
    }

    private mutating func readNames(_ fields: FormFields) throws(Mistake) {
        let globs = { (field: String) in fields[field].map { RedisBytes($0) } }
        let (included, excluded) = (try Self.names(fields, "cmd"), try Self.names(fields, "not-cmd"))
        commands?.commands = included
        commands?.excludedCommands = excluded
        var clients: [ClientPattern] = []
        for text in try Self.names(fields, "client") {
            guard let pattern = ClientPattern(text) else {
                throw Mistake(field: "client", message: "is no address such as 10.0.0.1, 10.0.0.0/8:5000 or [::1]:5000")
            }
            clients.append(pattern)
        }
        commands?.clients = clients
        let (keys, otherKeys) = (globs("key"), globs("not-key"))
        commands?.keys = keys
        commands?.excludedKeys = otherKeys
        keyEvents?.keys = keys
        keyEvents?.excludedKeys = otherKeys
        let (channels, otherChannels) = (globs("channel"), globs("not-channel"))
        messages?.channels = channels
        messages?.excludedChannels = otherChannels
        // What only one kind can fulfil leaves out the others.
        if !included.isEmpty || !excluded.isEmpty || !clients.isEmpty { (messages, keyEvents) = (nil, nil) }
        if !keys.isEmpty || !otherKeys.isEmpty { messages = nil }
        if !channels.isEmpty || !otherChannels.isEmpty { (commands, keyEvents) = (nil, nil) }
    }

    private mutating func readNumbers(_ fields: FormFields) throws(Mistake) {
        if let text = Self.texts(fields, "min-size").last {
            let size: Int
            do { size = try ByteSizeText.parse(text) } catch {
                throw Mistake(field: "min-size", message: "is no size such as 10k")
            }
            commands?.minimumSize = size
            messages?.minimumSize = size
        }
        var databases: [Int] = []
        for text in Self.texts(fields, "db") {
            for part in text.split(separator: ",", omittingEmptySubsequences: false) {
                guard let number = Int(part), 0...1_000_000 ~= number else {
                    throw Mistake(field: "db", message: "is no number of a database")
                }
                databases.append(number)
            }
        }
        commands?.databases = databases
        keyEvents?.databases = databases
    }

    /// Reads the condition for each kind. A kind that does not have what it asks for is not shown.
    private mutating func readExpressions(_ fields: FormFields) throws(Mistake) {
        let conditions = Self.texts(fields, "where")
        guard let text = conditions.last, !text.isEmpty else { return }
        guard conditions.count == 1 else { throw Mistake(field: "where", message: "is given more than once") }
        var first: Mistake?
        var isForAny = false
        let read = { (selection: inout Selection?, stream: EventStreamKind) in
            guard selection != nil else { return }
            do throws(ExpressionError) {
                let expression = try FilterExpression(text, for: stream)
                guard !expression.needsNames, !expression.needsUsers else {
                    first = first ?? Mistake(field: "where", message: "names and users of clients are not known here")
                    selection = nil
                    return
                }
                selection?.expression = expression
                isForAny = true
            } catch {
                first = first ?? Mistake(field: "where", message: error.message, text: error.text, offset: error.offset)
                selection = nil
            }
        }
        read(&commands, .commands)
        read(&messages, .messages)
        read(&keyEvents, .keyEvents)
        if !isForAny { throw first ?? Mistake(field: "where", message: "does not go with the other fields") }
    }

    private static func expression(_ text: String, _ field: String) throws(Mistake) -> RegularExpression {
        do throws(ExpressionError) { return try RegularExpression(text) } catch {
            throw Mistake(field: field, message: error.message, text: error.text, offset: error.offset)
        }
    }
}
