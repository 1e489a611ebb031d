/// Options whose value may be left out: `--wait` and `--wait=10s`. The argument parser knows no such thing.
package enum OptionalValues {
    /// `arguments` with the value that an option has by default, where it stands without one. What comes after `--` is no
    /// option.
    package static func fill(_ arguments: [String], defaults: [String: String]) -> [String] {
        let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
        return arguments[..<end].map { word in defaults[word].map { "\(word)=\($0)" } ?? word } + arguments[end...]
    }
}
