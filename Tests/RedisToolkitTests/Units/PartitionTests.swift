import RedisRESP
import RedisToolkit
import TestSupport
import Testing

@Suite("The partitions of a subject", .tags(.unit))
struct PartitionTests {
    @Test("have tags that never change")
    func tags() {
        #expect(PartitionLayout(count: 1).tags == ["0"])
        #expect(PartitionLayout(count: 3).tags == ["3", "1", "0"])
        #expect(PartitionLayout(count: 4).tags == ["3", "2", "1", "0"])
        #expect(PartitionLayout(count: 7).tags == ["3", "11", "2", "12", "1", "0", "8"])
        let tags = PartitionLayout(count: 128).tags
        #expect(tags.count == 128)
        #expect(tags.prefix(8) == ["14", "10", "100", "18", "113", "117", "346", "342"])
        #expect(tags.suffix(4) == ["48", "150", "40", "44"])
    }

    @Test("have one tag in each of as many equal ranges of slots", arguments: [1, 2, 3, 5, 64, 100, 128, 1000, 16384])
    func balance(_ count: Int) {
        let slots = PartitionLayout(count: count).tags.map { HashSlot.slot(of: RedisBytes($0)) }
        for (partition, slot) in slots.enumerated() {
            #expect(partition * 16384 / count <= slot && slot < (partition + 1) * 16384 / count)
        }
        // However many nodes share the slots evenly, none has two more of them than another.
        for nodes in [2, 3, 5, 7, 16] where nodes <= count {
            let counts = (0..<nodes).map { node in
                slots.count { node * 16384 / nodes <= $0 && $0 < (node + 1) * 16384 / nodes }
            }
            #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 2, "\(counts)")
        }
    }

    @Test("have keys that never change")
    func keys() throws {
        #expect(PartitionLayout.checksum("123456789") == 0xcbf4_3926)
        #expect(PartitionLayout.checksum("") == 0)
        #expect(PartitionLayout.checksum("é") == 0xe048_d3e)
        let prices = try PartitionedChannels("prices")
        let expected = [("", 0), ("EURUSD", 43), ("user:1", 2), ("é", 62)]
        for (key, partition) in expected { #expect(prices.partition(of: key) == partition) }
        #expect(prices.channels[0] == "{14}.prices")
        #expect(prices.channel(of: "") == "{14}.prices")
        #expect(prices.partition(ofChannel: "{44}.prices") == 127)
        #expect(prices.partition(ofChannel: "{44}.other") == nil)
        // Keys are spread evenly.
        var counts = [Int](repeating: 0, count: 128)
        for number in 0..<128_000 { counts[prices.partition(of: "user:\(number)")] += 1 }
        #expect(counts.allSatisfy { 800..<1200 ~= $0 }, "\(counts)")
    }

    @Test("are divided among workers, all of them, each once, and evenly")
    func workers() throws {
        let channels = try PartitionedChannels("x", count: 128)
        for workers in [1, 2, 3, 7, 127, 128, 200] {
            let parts = (0..<workers).map { channels.partitions(ofWorker: $0, among: workers) }
            #expect(parts.flatMap { Array($0) } == Array(0..<128))
            #expect(parts.allSatisfy { 128 / workers...(128 / workers + 1) ~= $0.count })
        }
        #expect(channels.partitions(ofWorker: 3, among: 3).isEmpty)
        #expect(channels.partitions(ofWorker: -1, among: 3).isEmpty)
        #expect(channels.partitions(ofWorker: 0, among: 0).isEmpty)
        #expect(throws: RedisError.self) { try PartitionedChannels("") }
        #expect(throws: RedisError.self) { try PartitionedChannels("x", count: 0) }
        #expect(throws: RedisError.self) { try PartitionedChannels("x", count: 16385) }
    }
}
