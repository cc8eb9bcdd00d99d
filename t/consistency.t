#!/usr/bin/perl
# Properties of the source tree: the library is independent, a folder includes only what is
# below it, no two modules include each other, one symbol is exported, every header compiles
# alone, and the name of each static is unique.
use strict;
use warnings;

use lib 't/lib';
use File::Basename qw(basename dirname);
use File::Temp qw(tempdir);
use Test::More;
use TlsGate::Httpd;
use TlsGate::Tree qw(text_of write_text without_comments uniq files sources_of folders_of folder_list mistaken proven with);

my $CC = $ENV{CC} || 'cc';

# --- 1. the library does not use httpd, a clock or files
sub check_library {
    my ($root) = @_;
    my (@complaints, $includes);
    for my $file (files($root, map { ("src/$_/*.[ch]", "src/$_/*.def") } folder_list($root, 'PURE'))) {
        my $code = without_comments(text_of("$root/$file"));
        for my $header ($code =~ /^\s*#\s*include\s*[<"]([^>"]+)[>"]/mg) {
            $includes++;
            push @complaints, "$file includes $header" if $header =~ m{(?:^|/)(?:http[d_]|ap_|util_|mod_|mpm_)};
        }
        $code =~ s/"(?:\\.|[^"\\])*"//g;
        push @complaints, map { "$file calls $_" } $code =~ /\b(apr_time_now|time|gettimeofday|clock_gettime
            |open|fopen|read|write|printf|fprintf|getenv|apr_file_\w+|ap_\w+)\s*\(/xg;
    }
    return $includes ? @complaints : 'the library includes nothing';
}

# --- 2. nothing below src/ctl prints: faults are returned, other messages use tg_message()
my $PRINTING = qr/\bv?d?f?printf\s*\(|\bvdprintf\s*\(|\bf?put[sc]\s*\(|\bputchar\s*\(|\bfwrite\s*\(|\b(?:perror|psignal)\s*\(|\bv?(?:err|warn)x?\s*\(|\bstd(?:out|err)\b/;

sub check_silence {
    my ($root) = @_;
    my @complaints;
    my @sources = files($root, map { "src/$_/*.[ch]" } folder_list($root, 'LIBRARY'), qw(store follow));
    for my $file (@sources) {
        my $code = without_comments(text_of("$root/$file")) =~ s/"(?:\\.|[^"\\])*"//gr;
        push @complaints, map { "$file prints: $_" } $code =~ /($PRINTING)/g;
    }
    return @sources ? @complaints : 'nothing is below src/ctl';
}

# --- 3. no line is longer than the formatter makes them, which does not touch comments
sub check_columns {
    my ($root) = @_;
    my ($most) = text_of("$root/.clang-format") =~ /^ColumnLimit: (\d+)$/m or return '.clang-format has no limit';
    my @complaints;
    for my $file ('mod_tlsgate.c', grep { !/\.def$/ } sources_of($root)) {
        my $number = 0;
        for my $line (split(/\n/, text_of("$root/$file"))) {
            $number++;
            push @complaints, "$file:$number: has more than $most columns" if (() = $line =~ /[^\x80-\xBF]/g) > $most; # bytes that begin a character
        }
    }
    return @complaints;
}

# --- 4. a folder includes only what Makefile.apxs lets it see
sub check_folders {
    my ($root) = @_;
    my %sees = folders_of($root) or return 'Makefile.apxs names no folder';
    my @complaints;
    for my $file (sources_of($root)) {
        my $folder = dirname($file) =~ s{^src/}{}r;
        push @complaints, "$file: Makefile.apxs does not know $folder" unless $sees{$folder};
        for my $header (text_of("$root/$file") =~ /^\s*#\s*include\s*"([^"]+)"/mg) {
            my ($other) = $header =~ m{^(.*)/[^/]*$} or next;
            push @complaints, "$file includes $header" unless grep { $_ eq $other } @{ $sees{$folder} || [] };
        }
    }
    return @complaints;
}

# It does not even compile: the view has no other folder.
# Of those folders, or of all.
sub check_views {
    my ($build, @folders) = @_;
    my %sees = folders_of('.');
    my @complaints;
    for my $folder (@folders ? @folders : sort keys %sees) {
        my $view = "$build/sees/$folder";
        -d $view or return "there is no view of $folder";
        my %may = map { $_ => 1 } @{ $sees{$folder} };
        for my $other (grep { $_ ne $folder } sort keys %sees) {
            my ($header) = map { basename($_) } glob("src/$other/*.h") or next;
            my $said = `echo '#include "$other/$header"' | $CC -E -iquote '$view' -x c - 2>&1 >/dev/null`;
            my $can = $said !~ m{fatal error: \Q$other/$header\E: No such file};
            push @complaints, "$folder can include $other" if $can && !$may{$other};
            push @complaints, "$folder cannot include $other" if !$can && $may{$other};
        }
    }
    return @complaints;
}

# --- 5. modules (a .c with its .h, or data in a .def) include each other in one direction only
sub include_graph {
    my ($root) = @_;
    my %graph;
    for my $file (files($root, 'mod_tlsgate.c'), sources_of($root)) {
        my $module = $file =~ s/\.[ch]$//r;
        $graph{$module} ||= {};
        for my $header (text_of("$root/$file") =~ /^\s*#\s*include\s*"([^"]+)"/mg) {
            my $path = $header =~ m{^src/} ? $header : $header =~ m{/} ? "src/$header" : dirname($file) . "/$header";
            my $other = $path =~ s/\.[ch]$//r;
            $graph{$module}{$other} = 1 unless $other eq $module;
        }
    }
    return \%graph;
}

sub check_circles {
    my ($root) = @_;
    my $graph = include_graph($root);
    return 'no module includes another' unless grep { %$_ } values %$graph;
    my @complaints;
    for my $module (sort keys %$graph) {
        push @complaints, map { "$module includes $_, which is not there" }
            grep { !$graph->{$_} } sort keys %{ $graph->{$module} };
    }
    # Removes modules that include none of the rest, until nothing can be removed.
    while (my @free = grep { includes_none($graph, $_) } keys %$graph) {
        delete @$graph{@free};
    }
    push @complaints, 'a circle among ' . join(' ', sort keys %$graph) if %$graph;
    return @complaints;
}

sub includes_none { my ($graph, $module) = @_; return !grep { $graph->{$_} } keys %{ $graph->{$module} } }

# --- 6. one exported symbol
sub check_symbols {
    my ($module) = @_;
    my @symbols = map { (split)[-1] } grep { / / } split(/\n/, `nm -D --defined-only '$module' 2>/dev/null`);
    return 'no symbol is exported' unless @symbols;
    return map { "$_ is exported" } grep { $_ ne 'tlsgate_module' } @symbols;
}

# --- 7. every header compiles alone, and twice
sub command_output { my ($command) = @_; my $text = `$command 2>/dev/null`; chomp $text; return $text }

# Of those headers, or of all.
sub check_headers {
    my ($root, @headers) = @_;
    my $apr = command_output('(apr-1-config --cppflags --includes || apr-config --cppflags --includes)') =~ s/\n/ /gr;
    my $httpd = '-isystem ' . command_output('(apxs -q INCLUDEDIR || apxs2 -q INCLUDEDIR)');
    @headers = files($root, 'src/*/*.h', 'src/*/*/*.h') unless @headers;
    return 'there is no header' unless @headers;
    my @complaints;
    for my $header (@headers) {
        my $flags = $header =~ m{^src/server/} ? "$apr $httpd" : $apr;
        my $include = qq{#include "$header"};
        my $said = `cd '$root' && printf '%s\\n%s\\n' '$include' '$include' |
            $CC -std=gnu11 -Wall -Wextra -Werror -fsyntax-only $flags -I. -iquote src -x c - 2>&1`;
        push @complaints, "$header does not compile alone: $said" if $? != 0;
    }
    return @complaints;
}

# --- 8. statics: two words, one file each, so that a backtrace and grep find one place
sub statics_of {
    my ($code) = @_;
    return uniq($code =~ /^static\s+(?:inline\s+)?(?:const\s+)?(?:struct\s+|unsigned\s+)?\w+[\s*]+(?:const\s+)?\**(\w+)\s*\(/mg);
}

sub check_statics {
    my ($root) = @_;
    my (%files, @complaints);
    for my $file (files($root, 'mod_tlsgate.c'), sources_of($root)) {
        push @{ $files{$_} }, $file for grep { !/^tg_/ } statics_of(without_comments(text_of("$root/$file")));
    }
    for my $name (sort keys %files) {
        push @complaints, "$name in $files{$name}[0]: one word" if $name !~ /_/;
        push @complaints, "$name is in @{ $files{$name} }" if @{ $files{$name} } > 1;
    }
    return %files ? @complaints : 'there is no static';
}

proven('the library is independent', \&check_library, '.',
    ['a header of httpd', qr/phase\.c includes httpd\.h/,
        with('src/policy/phase.c', undef, "#include <httpd.h>\n")],
    ['another header of httpd', qr/fault\.h includes util_filter\.h/,
        with('src/base/fault.h', undef, "#include <util_filter.h>\n")],
    ['a clock', qr/state\.c calls apr_time_now/,
        with('src/format/state.c', undef, "int x(void) { return apr_time_now(); }\n")]);

proven('nothing below src/ctl prints', \&check_silence, '.',
    ['to the standard output', qr/^src\/store\/audit\.c prints: printf\($/m,
        with('src/store/audit.c', undef, qq{static void x(void) { printf("x"); }\n})],
    ['to the standard error', qr/^src\/follow\/follow\.c prints: stderr$/m,
        with('src/follow/follow.c', undef, qq{static void x(void) { tg_write(stderr, "x"); }\n})],
    ['the text of errno', qr/^src\/os\/file\.c prints: perror\($/m,
        with('src/os/file.c', undef, qq{static void x(void) { perror("x"); }\n})]);

proven('no line is too long', \&check_columns, '.',
    ['a comment', qr{^src/tls/hello\.c:\d+: has more than 100 columns$}m, with('src/tls/hello.c', undef, '/* ' . 'x' x 98 . " */\n")]);

# A folder that each folder must not include: the next one above it, or beside it.
my %LEAK = ('base' => 'tls/hello.h', 'clickhouse' => 'source/input.h', 'tls' => 'policy/phase.h', 'policy' => 'ledger/fate.h', 'ledger' => 'format/plan.h',
    'format' => 'tally/visits.h', 'tally' => 'forecast/week.h', 'forecast' => 'report/wording.h', 'report' => 'letter/letter.h', 'letter' => 'os/file.h',
    'os' => 'tls/hello.h', 'term' => 'policy/phase.h', 'store' => 'follow/follow.h', 'source' => 'store/store.h',
    'follow' => 'term/term.h', 'ctl/base' => 'ctl/status/standing.h', 'ctl/status' => 'ctl/change/change.h',
    'ctl/change' => 'ctl/report/report.h', 'ctl/report' => 'ctl/change/change.h', 'commands' => 'server/state/state_cache.h',
    'server/base' => 'server/state/state_cache.h', 'server/state' => 'server/record/sightlog.h',
    'server/record' => 'server/handshake/handshake.h', 'server/ledger' => 'server/record/sightlog.h', 'server/handshake' => 'server/request/gate.h',
    'server/request' => 'server/pages/verify_page.h', 'server/pages' => 'server/startup/dump.h',
    'server/startup' => 'server/request/gate.h');
proven('each folder includes only what is below it', \&check_folders, '.',
    ['a path that leads around', qr{src/policy/phase\.c includes \.\./server/base/conf\.h},
        with('src/policy/phase.c', undef, qq{#include "../server/base/conf.h"\n})],
    ['one in data', qr{ciphers\.def includes server/base/conf\.h},
        with('src/tls/ciphers.def', undef, qq{#include "server/base/conf.h"\n})],
    map {
        my $folder = $_;
        my ($file) = glob("src/$folder/*.c");
        ["$LEAK{$folder} in $folder", qr{^\Q$file\E includes \Q$LEAK{$folder}\E$}m,
            with($file, undef, qq{#include "$LEAK{$folder}"\n})]
    } sort keys %LEAK);
my %folders = folders_of('.');
is_deeply([grep { !$LEAK{$_} && glob("src/$_/*.c") } sort keys %folders], [], '... a leak is planted in every folder');

proven('a forbidden include does not compile', \&check_views, $ENV{BUILD} || 'build',
    ['a view that shows too much', qr{^base can include policy$}m, sub {
        my $dir = tempdir(TMPDIR => 1, CLEANUP => 1);
        my $build = TlsGate::Httpd::absolute($ENV{BUILD} || 'build');
        system("cp -a '$build/sees' '$dir/'") == 0 or return;
        symlink(TlsGate::Httpd::absolute('src/policy'), "$dir/sees/base/policy") or return;
        return $dir;
    }, 'base']);

proven('no include circle', \&check_circles, '.',
    ['one of two', qr/a circle among .*src\/base\/instant/,
        with('src/base/fault.c', undef, qq{#include "instant.h"\n})],
    ['one through data', qr/a circle among .*src\/tls\/ciphers\.def.*src\/tls\/registry/,
        with('src/tls/ciphers.def', undef, qq{#include "registry.h"\n})],
    ['data that is not there', qr/src\/tls\/registry includes src\/tls\/groups\.def, which is not there/,
        with('src/tls/registry.c', undef, qq{#include "groups.def"\n})],
    ['one across directories', qr/a circle among .*src\/server\/base\/conf/,
        with('src/base/instant.h', undef, qq{#include "server/base/conf.h"\n})]);

proven('one exported symbol', \&check_symbols, TlsGate::Httpd::module_path(),
    ['a second one', qr/^second is exported$/, sub {
        my $dir = tempdir(TMPDIR => 1, CLEANUP => 1);
        write_text("$dir/x.c", "int tlsgate_module; int second;\n");
        return system("$CC -shared -fPIC -o $dir/x.so $dir/x.c") == 0 ? "$dir/x.so" : undef;
    }]);

proven('every header compiles alone', \&check_headers, '.',
    ['one that needs another', qr/phase\.h does not compile alone/,
        with('src/policy/phase.h', undef, "size_t x(request_rec *r);\n"), 'src/policy/phase.h'],
    ['one without a guard', qr/directive_args\.h does not compile alone/,
        with('src/server/startup/directive_args.h', undef, "typedef struct { int y; } again_t;\n"), 'src/server/startup/directive_args.h']);

proven('names of statics', \&check_statics, '.',
    ['one word', qr/^weigh in src\/policy\/phase\.c: one word$/m,
        with('src/policy/phase.c', undef, "static int weigh(void) { return 1; }\n")],
    ['one in two files', qr/^weigh_all is in src\/policy\/phase\.c src\/policy\/verdict\.c$/m, sub {
        my $copy = mistaken('src/policy/phase.c', undef, "static int weigh_all(void) { return 1; }\n");
        write_text("$copy/src/policy/verdict.c", text_of("$copy/src/policy/verdict.c") . "static const char *weigh_all(void)\n");
        return $copy;
    }]);

done_testing;
