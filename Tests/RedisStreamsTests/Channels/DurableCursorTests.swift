import Foundation
import RedisCore
import RedisStreams
import RedisTesting
import TestSupport
import Testing

@Suite("The cursor of a durable channel", .tags(.server), .timeLimit(.minutes(1)))
struct DurableCursorTests {
    private struct Enough: Error {}

    @Test(
        "keeps what was dealt with, so that the next run goes on there, with the message that failed"
    )
    func runs() async throws {
        try await withClient { server, client in
            try await withFolder { folder in
                let orders = try DurableChannel("orders", on: client)
                try await orders.publish(contentsOf: (0..<100).map { "\($0)" })
                let cursors: [any DurableCursor] = [
                    DurableFileCursor(path: folder + "/cursor"), DurableKeyCursor(key: "cursor", on: client),
                ]
                for cursor in cursors {
                    var handled: [String] = []
                    for round in 1...4 {
                        let start = try await cursor.start(of: "orders", else: .beginning)
                        let reader = try orders.subscription(from: start)
                        await #expect(throws: Enough.self) {
                            try await reader.run(saving: cursor) { event in
                                guard let message = event.message else { return }
                                if handled.count == round * 20 { throw Enough() }
                                handled.append(message.text ?? "")
                            }
                        }
                        await reader.close()
                    }
                    #expect(handled == (0..<80).map { "\($0)" })
                    #expect(try await cursor.positions()["orders"]?.number == 80)
                }
                #expect(try server.command("HGET", "cursor", "orders").hasSuffix(" 80"))
            }
        }
    }

    @Test("is saved at the beginning, at most once in its interval, and when the subscription is closed")
    func interval() async throws {
        try await withClient { server, client in
            let orders = try DurableChannel("orders", on: client)
            try await orders.publish(contentsOf: (0..<50).map { "\($0)" })
            let cursor = CountingCursor()
            let reader = try orders.subscription(from: .beginning)
            try await reader.run(saving: cursor, every: .seconds(100)) { event in
                if event.message?.text == "49" { await reader.close() }
            }
            #expect(cursor.saves.all.count == 2)
            #expect(cursor.saves.all.first?["orders"] == .beginning)
            #expect(cursor.saves.all.last?["orders"]?.number == 50)
        }
    }

    @Test("keeps any name of a channel in its file, and all channels beside each other")
    func file() async throws {
        try await withFolder { folder in
            let path = folder + "/cursor"
            let first = DurableFileCursor(path: path)
            #expect(try await first.positions() == [:])
            let positions: [RedisBytes: DurablePosition] = [
                RedisBytes([0, 10, 255]): DurablePosition(id: RedisStreamID(milliseconds: 1), number: 1),
                "": DurablePosition(id: RedisStreamID(milliseconds: 2)),
            ]
            try await first.save(positions)
            try await first.save(["b": .beginning])
            let all = positions.merging(["b": .beginning]) { $1 }
            #expect(try await DurableFileCursor(path: path).positions() == all)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["cursor"])
        }
    }

    @Test(
        "says which file or field is no cursor, and leaves it as it is",
        arguments: ["x", "00", "0 1-0", "zz 1-0 1", "61 1-0 x"]
    )
    func malformed(_ line: String) async throws {
        try await withFolder { folder in
            let path = folder + "/cursor"
            try Data((line + "\n").utf8).write(to: URL(fileURLWithPath: path))
            let cursor = DurableFileCursor(path: path)
            let error = await #expect(throws: RedisError.self) { try await cursor.save(["a": .beginning]) }
            #expect(error?.code == .codingFailed)
            #expect(try String(contentsOfFile: path, encoding: .utf8) == line + "\n")
        }
        try await withFolder { folder in
            let error = await #expect(throws: RedisError.self) {
                try await DurableFileCursor(path: folder + "/none/cursor").save(["a": .beginning])
            }
            #expect(error?.code == .systemFailure)
        }
    }
}

private struct CountingCursor: DurableCursor {
    let saves = Collector<[RedisBytes: DurablePosition]>()

    func positions() async throws -> [RedisBytes: DurablePosition] { [:] }

    func save(_ positions: [RedisBytes: DurablePosition]) async throws { saves.add(positions) }
}

/// A folder that is removed afterwards.
func withFolder(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("durable-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder.path)
}
