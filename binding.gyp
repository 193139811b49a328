{
  'variables': {
    # The library's sources but the facade, and the binding's own: the lists that CMake reads.
    'read_list': "process.stdout.write(process.argv.slice(1).map(f => require('fs').readFileSync(f, 'utf8')).join('\\n').split('\\n').filter(p => p && !p.startsWith('native/facade/')).join('\\n'))",
  },
  'targets': [
    {
      'target_name': 'tirtc',
      'sources': ['<!@(node -e "<(read_list)" native/sources.txt native/node/sources.txt)'],
      'include_dirs': ['include', 'native', '<!(node -p "require(\'node-addon-api\').include_dir")'],
      'defines': ['NAPI_VERSION=8', 'NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS'],
      'cflags': ['-Wall', '-Wextra', '-fvisibility=hidden'],
      'cflags_c': ['-std=c11'],
      'cflags_cc': ['-std=c++17'],
      'libraries': ['-lpthread'],
    },
  ],
}
