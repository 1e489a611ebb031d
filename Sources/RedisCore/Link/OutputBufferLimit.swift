/// How much output a server keeps for clients of one class before it cuts them (`client-output-buffer-limit`).
package struct OutputBufferLimit: Sendable, Hashable {
    /// The server's classes of clients. Monitors are normal ones.
    package enum Class: String, Sendable {
        case normal, pubsub
    }

    /// In bytes; 0 for no limit.
    package var hard: Int
    /// The same for what lasts for some seconds.
    package var soft: Int

    package init(hard: Int, soft: Int) {
        self.hard = hard
        self.soft = soft
    }

    /// Reads what CONFIG GET tells: `normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60`.
    package init?(_ setting: String, of kind: Class) {
        let words = setting.utf8.split(separator: UInt8(ascii: " "))
        guard let index = words.firstIndex(where: { $0.elementsEqual(kind.rawValue.utf8) }), index + 2 < words.count,
            let hard = words[index + 1].decimal(Int.self)?.asCount,
            let soft = words[index + 2].decimal(Int.self)?.asCount
        else { return nil }
        self.init(hard: hard, soft: soft)
    }

    /// The least that may cost the link; `nil` when nothing does.
    package var least: Int? { [hard, soft].filter { $0 > 0 }.min() }
}
