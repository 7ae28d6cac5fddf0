// A small repository in four languages, for sandboxes to clone.

import Support

/// A small repository with units of every kind, for sandboxes.
public enum ToyRepository {
    public static let files: [String: String] = [
        "pkg/billing.py": """
        import os
        import sys

        RATE = 20

        def compute_tax(amount):
            # the tax of an amount
            return amount * 20 / 100

        class Invoice:
            def total(self):
                return 1

            def other(self):
                return 2

        def last():
            return 3

        """,
        "src/shapes.rs": """
        use std::fmt;

        pub struct Square { side: u32 }

        impl Square {
            pub fn area(&self) -> u32 {
                self.side * self.side
            }
        }

        pub fn double(value: u32) -> u32 {
            value * 2
        }

        """,
        "web/cart.ts": """
        import { Item } from "./item";

        export function price(items: Item[]): number {
            return items.length * 10;
        }

        export class Cart {
            count(): number {
                return 4;
            }
        }

        """,
        "App/Greeting.swift": """
        import Foundation

        struct Greeting {
            let name: String

            func text() -> String {
                "Hello, " + name
            }
        }

        func greet(_ times: Int) -> Int {
            times + 5
        }

        """,
    ]

    /// Makes the repository in the sandbox and returns its path.
    @discardableResult
    public static func make(in sandbox: Sandbox, extra: [String: String] = [:]) throws -> String {
        let root = sandbox.folder + "/source"
        for (path, text) in files.merging(extra, uniquingKeysWith: { $1 }) {
            try FileAccess.makeFolder(PathName.parent(of: root + "/" + path))
            try FileAccess.replace(root + "/" + path, with: Array(text.utf8), mode: 0o644)
        }
        let git = sandbox.git(in: root)
        try git.require(["init", "--quiet", "--initial-branch=main"])
        try git.require(["add", "--all"])
        try git.require(commit("First"))
        return root
    }

    /// The arguments that commit everything that changed.
    public static func commit(_ message: String) -> [String] {
        [
            "-c", "user.name=test", "-c", "user.email=test@localhost", "commit", "--quiet",
            "--all", "--message=\(message)",
        ]
    }
}
