import Foundation
import FuzzProperties
import TestSupport
import Testing

@Suite("The fuzzer's inputs", .tags(.unit), .timeLimit(.minutes(2)))
struct CorpusTests {
    /// `Tools/fuzz/corpus`, found from this file.
    private static let corpus = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Tools/fuzz/corpus")

    @Test("that are kept hold their property", arguments: FuzzTarget.allCases)
    func replay(_ target: FuzzTarget) throws {
        let folder = Self.corpus.appending(path: target.rawValue)
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(files.count >= 20)
        for file in files {
            let complaint = target.complaint(about: Array(try Data(contentsOf: file)))
            #expect(complaint == nil, "\(target.rawValue)/\(file.lastPathComponent)")
        }
    }
}
