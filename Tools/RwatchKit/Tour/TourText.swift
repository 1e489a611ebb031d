/// The tour's own words, as they are written to a terminal or into a pipe. Each text ends with a line feed.
package struct TourText: Sendable {
    /// A wider text is hard to read.
    private static let widest = 78

    /// How many columns there are; `nil` when nobody knows.
    private let columns: Int?
    private let isColored: Bool

    package init(columns: Int? = nil, isColored: Bool = false) {
        self.columns = columns
        self.isColored = isColored
    }

    private var width: Int { min(columns ?? Self.widest, Self.widest) }

    /// What stands before the first step.
    package func opening(_ count: Int, url: String, isStopping: Bool) -> String {
        let advice =
            "\(count) steps on a private server, which is gone at the end. A line with $ is a command that runs here; one "
            + "with > is what another client sends to the server." + (isStopping ? " Enter goes on, q ends." : "")
        let other = "In another terminal you can try commands of your own:"
        return wrapped(advice) + "\n" + wrapped(other) + "  export RWATCH_URL=\(url)\n"
    }

    /// What stands before a step.
    package func heading(_ step: TourStep, _ number: Int, of count: Int) -> String {
        "\n" + styled("\(number) of \(count)  \(step.title)", "1") + "\n" + wrapped(step.text) + "\n"
    }

    /// A command line that is run.
    func command(_ line: String) -> String { styled("$ \(line)", "1") + "\n" }

    /// A command that another client sends.
    func sent(_ words: [String]) -> String { styled("> \(TourAct.typed(words))", "2") + "\n" }

    /// What a step asks for. It has no line feed: `erased` takes it away.
    static let question = "Enter runs it, q ends "

    /// What makes a terminal forget the question.
    static var erased: String { "\r\(String(repeating: " ", count: question.utf8.count))\r" }

    /// What stands behind the last step.
    func closing() -> String {
        let commands = """
              rwatch top                 what it is busy with
              rwatch web                 the same on a page in the browser
              rwatch monitor --help      options and examples of a command

            """
        let advice = "That was the tour. With a server of your own (-h HOST -p PORT or -u URL), go on with:"
        return "\n" + wrapped(advice) + commands
    }

    /// The text in lines that are not wider than the terminal, if its words allow it.
    package func wrapped(_ text: String) -> String {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(exchange(&line, with: ""))
            }
            line += line.isEmpty ? word : " \(word)"
        }
        return (lines + [line]).map { "\($0)\n" }.joined()
    }

    private func styled(_ text: String, _ style: String) -> String {
        isColored ? "\u{1b}[\(style)m\(text)\u{1b}[0m" : text
    }
}
