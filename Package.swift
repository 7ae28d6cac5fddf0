// swift-tools-version: 6.2
import PackageDescription

// The floors, lowest first. A target may depend on lower floors only; `Tests/HouseRules`
// reads the `import` lines and holds this by test. See Sources/README.md.

let treeSitterLibrary = "\(Context.packageDirectory)/.build-deps/lib"

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let toml = Target.Dependency.product(name: "TOMLKit", package: "TOMLKit")
let jwt = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
    .product(name: "NIOWebSocket", package: "swift-nio"),
    .product(name: "NIOSSL", package: "swift-nio-ssl"),
]
let certificates: [Target.Dependency] = [
    .product(name: "X509", package: "swift-certificates"),
    .product(name: "SwiftASN1", package: "swift-asn1"),
]

let floor0: [Target] = [
    .target(name: "CLinux"),
    .target(name: "Support", dependencies: ["CLinux", crypto, logging]),
    .target(name: "CHardware"),
    .systemLibrary(
        name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
    .systemLibrary(name: "CISAL", pkgConfig: "libisal", providers: [.apt(["libisal-dev"])]),
    .target(
        name: "CTreeSitter",
        linkerSettings: [
            .unsafeFlags(["-L\(treeSitterLibrary)"]), .linkedLibrary("treesitter-all"),
        ]),
]

let floor1: [Target] = [
    .target(name: "Diagnostics", dependencies: ["Support", "CLinux"]),
    .target(name: "Redaction", dependencies: ["Support", crypto]),
    .target(name: "WriteAheadLog", dependencies: ["Support", "CHardware"]),
    .target(name: "SourceAnalysis", dependencies: ["Support", "CTreeSitter"]),
    .target(name: "LiveProtocol", dependencies: ["Support", crypto]),
    .target(
        name: "Runbooks", path: "Runbooks",
        resources: [
            .embedInCode("Scanner.md"), .embedInCode("Agent.md"), .embedInCode("Mothership.md"),
            .embedInCode("WAL.md"), .embedInCode("Conflicts.md"), .embedInCode("Impacts.md"),
            .embedInCode("Presence.md"), .embedInCode("Integrity.md"), .embedInCode("Daemon.md"),
            .embedInCode("Config.md"), .embedInCode("Doctor.md"), .embedInCode("Auth.md"),
            .embedInCode("Host.md"), .embedInCode("Guides/ThirdPartyChecks.md"),
        ]),
]

let floor2: [Target] = [
    .target(
        name: "LiveSync",
        dependencies: ["Support", "CLinux", "WriteAheadLog", "SourceAnalysis", "LiveProtocol"]
            + [toml, crypto, logging] + nio),
    .target(
        name: "Mothership",
        dependencies: ["Support", "CLinux", "LiveProtocol"]
            + [grdb, toml, jwt, crypto, logging] + certificates + nio),
]

let floor3: [Target] = [
    .target(
        name: "Checks",
        dependencies: [
            "Support", "Diagnostics", "WriteAheadLog", "LiveSync", "Mothership", "Runbooks",
        ],
        path: "Checks"),
    .target(
        name: "IssueBundle",
        dependencies: [
            "Support", "CLinux", "CArchive", "CISAL", "Diagnostics", "Redaction",
            "WriteAheadLog", "LiveProtocol", "LiveSync", "Mothership",
        ]),
]

let floor4: [Target] = [
    .target(
        name: "Drills",
        dependencies: [
            "Support", "CLinux", "CHardware", "Diagnostics", "WriteAheadLog", "SourceAnalysis",
            "LiveProtocol", "Checks", "LiveSync", "Mothership", "Runbooks", grdb,
        ])
]

let floor5: [Target] = [
    .executableTarget(
        name: "aura",
        dependencies: [
            "Support", "Diagnostics", "WriteAheadLog", "SourceAnalysis", "LiveProtocol",
            "LiveSync", "Mothership", "Checks", "IssueBundle", "Redaction", "Drills", "Runbooks",
            "CLinux", arguments,
        ])
]

let tests: [Target] = [
    .target(name: "TestSupport", dependencies: ["Support"], path: "Tests/TestSupport"),
    .target(
        name: "LedgerModel", dependencies: ["Mothership", "LiveProtocol", "Support"],
        path: "Tests/LedgerModel"),
    .testTarget(name: "SupportTests", dependencies: ["Support"]),
    .target(
        name: "RepairFixture", dependencies: ["Diagnostics", "Support"],
        path: "Tests/RepairFixture"),
    .executableTarget(
        name: "repaircrash", dependencies: ["RepairFixture", "Diagnostics", "Support"],
        path: "Tests/RepairCrash"),
    .testTarget(
        name: "DiagnosticsTests",
        dependencies: [
            "Diagnostics", "Support", "TestSupport", "RepairFixture", "repaircrash",
        ]),
    .testTarget(name: "RedactionTests", dependencies: ["Redaction", "Support"]),
    .target(name: "CTorture", path: "Tests/Torture/System"),
    .executableTarget(
        name: "walcrash", dependencies: ["WriteAheadLog", "Support", "CTorture"],
        path: "Tests/WALCrash"),
    .target(
        name: "TortureSuite",
        dependencies: ["WriteAheadLog", "Support", "CHardware", "TestSupport"],
        path: "Tests/Torture/Suite"),
    .target(
        name: "SoakSuite",
        dependencies: [
            "TortureSuite", "Drills", "LiveProtocol", "LiveSync", "Mothership", "WriteAheadLog",
            "Support", "CLinux",
        ],
        path: "Tests/Torture/Soak"),
    .target(
        name: "ScrubFuzz", dependencies: ["IssueBundle", "Redaction", "TortureSuite", "Support"],
        path: "Tests/Torture/Scrub"),
    .target(
        name: "DecoderFuzz",
        dependencies: [
            "Diagnostics", "LiveProtocol", "LiveSync", "Mothership", "SourceAnalysis", "Support",
            "TortureSuite", "WriteAheadLog",
        ],
        path: "Tests/Torture/Decoders"),
    .executableTarget(
        name: "torture",
        dependencies: [
            "TortureSuite", "SoakSuite", "ScrubFuzz", "DecoderFuzz", "Support", "TestSupport",
        ],
        path: "Tests/Torture/Command"),
    .testTarget(
        name: "WriteAheadLogTests",
        dependencies: [
            "WriteAheadLog", "Support", "CHardware", "walcrash", "TortureSuite", "TestSupport",
        ]),
    .testTarget(name: "SourceAnalysisTests", dependencies: ["SourceAnalysis", "Support"]),
    .testTarget(
        name: "LiveProtocolTests", dependencies: ["LiveProtocol", "Support", "DecoderFuzz"]),
    .testTarget(
        name: "LiveSyncTests",
        dependencies: [
            "LiveSync", "Support", "WriteAheadLog", "SourceAnalysis", "LiveProtocol",
            "DecoderFuzz", "TortureSuite", "TestSupport",
        ]),
    .testTarget(
        name: "MothershipTests",
        dependencies: [
            "Mothership", "LiveSync", "Support", "LiveProtocol", "LedgerModel", "TestSupport",
        ]),
    .testTarget(
        name: "SimulationTests",
        dependencies: [
            "LiveSync", "Mothership", "Support", "LiveProtocol", "SourceAnalysis", "WriteAheadLog",
            "TortureSuite", "LedgerModel",
        ]),
    .testTarget(
        name: "ChecksTests",
        dependencies: [
            "Checks", "Diagnostics", "LiveSync", "Mothership", "Drills", "Support",
            "WriteAheadLog", "LiveProtocol", "Runbooks", "TestSupport",
        ]),
    .testTarget(
        name: "IssueBundleTests",
        dependencies: [
            "IssueBundle", "Redaction", "Diagnostics", "CArchive", "Support", "ScrubFuzz",
            "TortureSuite", "TestSupport", "torture",
        ]),
    .executableTarget(
        name: "skewedship", dependencies: ["Mothership", "Support", logging],
        path: "Tests/SkewedMothership"),
    .testTarget(
        name: "EndToEnd",
        dependencies: [
            "Drills", "Checks", "Diagnostics", "LiveSync", "LiveProtocol", "WriteAheadLog",
            "Support", "TestSupport", "aura", "skewedship", "SoakSuite", "TortureSuite",
        ],
        exclude: ["Clients"]),
    .testTarget(
        name: "DrillTests",
        dependencies: ["Drills", "Checks", "Diagnostics", "Support", "TestSupport", "aura"]),
    .testTarget(
        name: "HouseRules", dependencies: ["Checks", "Diagnostics", "Runbooks", "Support"]),
]

let benchmarks: [Target] =
    Context.environment["AURA_BENCHMARKS"] == nil
    ? []
    : [
        .target(
            name: "Floors", path: "Tests/Floors", linkerSettings: [.linkedLibrary("sqlite3")]),
        .target(
            name: "LogBenchmarks",
            dependencies: ["Floors", "Support", "WriteAheadLog", "TortureSuite"],
            path: "Tests/Benchmarks/Log"),
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "Support", "WriteAheadLog", "SourceAnalysis", "LiveSync", "Mothership", "Drills",
                "Floors", "LogBenchmarks", "LiveProtocol", "SoakSuite", "TortureSuite",
                "TestSupport", "IssueBundle", "Redaction",
            ],
            path: "Tests/Benchmarks/Command"),
        .executableTarget(name: "fanfloor", path: "Tests/Benchmarks/FanFloor"),
    ]

let package = Package(
    name: "aura",
    products: [
        .executable(name: "aura", targets: ["aura"]),
        .library(name: "Diagnostics", targets: ["Diagnostics", "Support"]),
        .library(name: "Redaction", targets: ["Redaction"]),
        .library(name: "WriteAheadLog", targets: ["WriteAheadLog"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: floor0 + floor1 + floor2 + floor3 + floor4 + floor5 + tests + benchmarks,
    swiftLanguageModes: [.v6]
)
