/// Why a line of a recording cannot be used.
package enum LineProblem: Int, Sendable, CaseIterable {
    /// It is neither a line of MONITOR nor one that rwatch prints.
    case unknownForm
    /// The arguments of a command do not go on as they should, or have an escape that no server writes.
    case brokenArguments
    /// It begins like JSON and is none.
    case brokenJSON
    /// It is JSON without a field that its kind has, or of a kind that rwatch does not print.
    case unknownRecord
    case tooLong
    /// The file ends within the line.
    case unfinished
    /// The compressed file ends too early, or cannot be read from here on.
    case damaged

    /// The problem in words, behind a number of lines.
    package var words: String {
        switch self {
        case .unknownForm: "of no known form"
        case .brokenArguments: "with broken arguments"
        case .brokenJSON: "of broken JSON"
        case .unknownRecord: "of JSON that rwatch does not print"
        case .tooLong: "too long"
        case .unfinished: "cut off at the end"
        case .damaged: "of a compressed file that is cut off or damaged"
        }
    }

    /// The name in JSON.
    package var name: String {
        switch self {
        case .unknownForm: "unknown_form"
        case .brokenArguments: "broken_arguments"
        case .brokenJSON: "broken_json"
        case .unknownRecord: "unknown_record"
        case .tooLong: "too_long"
        case .unfinished: "unfinished"
        case .damaged: "damaged"
        }
    }
}
