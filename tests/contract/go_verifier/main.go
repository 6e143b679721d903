// Verifies an exported ledger with the Go project's own code and none of ours: who signed the
// checkpoint, that all entries make its root, and inclusion and consistency proofs within it.
//
//	go run . DIR VERIFIER-KEY
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error) {
	if err != nil {
		fmt.Println("NOT VERIFIED:", err)
		os.Exit(1)
	}
}

// hashes is the tree rebuilt from the entries themselves.
type hashes []tlog.Hash

func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index >= int64(len(h)) {
			return nil, fmt.Errorf("no stored hash %d", index)
		}
		found[i] = h[index]
	}
	return found, nil
}

// name is where C2SP puts a tile: Go's path without the height in it.
func name(dir string, tile tlog.Tile) string {
	path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
	return filepath.Join(dir, strings.Replace(path, "tile/data/", "tile/entries/", 1))
}

func entries(dir string, size int64) (found [][]byte) {
	for n := int64(0); n*256 < size; n++ {
		bundle, err := os.ReadFile(name(dir, tlog.Tile{H: 8, L: -1, N: n, W: int(min(256, size-n*256))}))
		must(err)
		for len(bundle) > 0 {
			if len(bundle) < 2 || len(bundle) < 2+int(binary.BigEndian.Uint16(bundle)) {
				must(fmt.Errorf("bundle %d is cut short", n))
			}
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			found, bundle = append(found, bundle[2:end]), bundle[end:]
		}
	}
	if int64(len(found)) != size {
		must(fmt.Errorf("%d entries, not %d", len(found), size))
	}
	return found
}

func main() {
	dir := os.Args[1]
	verifier, err := note.NewVerifier(os.Args[2])
	must(err)
	signed, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	must(err)
	opened, err := note.Open(signed, note.VerifierList(verifier))
	must(err)
	lines := strings.SplitN(opened.Text, "\n", 4)
	var size int64
	_, err = fmt.Sscan(lines[1], &size)
	must(err)
	root, err := tlog.ParseHash(lines[2])
	must(err)

	var tree hashes
	leaves := entries(dir, size)
	for n, leaf := range leaves {
		more, err := tlog.StoredHashes(int64(n), leaf, tree)
		must(err)
		tree = append(tree, more...)
	}
	found, err := tlog.TreeHash(size, tree)
	must(err)
	if found != root {
		must(fmt.Errorf("the entries make root %v, the checkpoint says %v", found, root))
	}
	for _, tile := range tlog.NewTiles(8, 0, size) {
		stored, err := os.ReadFile(name(dir, tile))
		must(err)
		wanted, err := tlog.ReadTileData(tile, tree)
		must(err)
		if string(stored) != string(wanted) {
			must(fmt.Errorf("tile %s holds other hashes", tile.Path()))
		}
	}
	for n := int64(0); n < size; n += 1 + size/50 {
		proof, err := tlog.ProveRecord(size, n, tree)
		must(err)
		must(tlog.CheckRecord(proof, size, root, n, tlog.RecordHash(leaves[n])))
		older, err := tlog.TreeHash(n+1, tree)
		must(err)
		grown, err := tlog.ProveTree(size, n+1, tree)
		must(err)
		must(tlog.CheckTree(grown, size, root, n+1, older))
	}
	fmt.Printf("verified %d entries of %s\n", size, lines[0])
}
