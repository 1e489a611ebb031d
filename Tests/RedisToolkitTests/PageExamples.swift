import Foundation

/// The examples of a page, and whether a source file has them.
struct PageExamples {
    let examples: [String]

    /// The Swift examples of an article of the toolkit.
    init(of page: String) throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let article = root.appendingPathComponent("Sources/RedisToolkit/Documentation.docc/\(page)")
        let text = try String(contentsOf: article, encoding: .utf8)
        examples = text.components(separatedBy: "```swift\n").dropFirst().compactMap {
            $0.components(separatedBy: "```").first
        }
    }

    /// Those that the file does not have, letter for letter but for the indentation.
    func missing(in file: String) throws -> [String] {
        let source = Self.unindented(try String(contentsOf: URL(fileURLWithPath: file), encoding: .utf8))
        return examples.filter { example in
            let body = example.replacing(#/^(import [A-Za-z]+\n)+\n?/#, with: "")
            return !source.contains(Self.unindented(body))
        }
    }

    private static func unindented(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.drop { $0 == " " } }
            .joined(separator: "\n")
    }
}
