import tsParser from '@typescript-eslint/parser'
import vue from 'eslint-plugin-vue'

const ONLY_BRIDGE = 'only bridge/ touches window, opens a socket or talks to the host'

// Only .vue files: oxlint sees the rest, with types.
export default [
  { ignores: ['out/**', 'dist/**', '.cache/**', 'node_modules/**', 'test/boundaries/fixtures/**'] },
  ...vue.configs['flat/recommended'].map((config) => ({ ...config, files: ['**/*.vue'] })),
  {
    files: ['**/*.vue'],
    languageOptions: { parserOptions: { parser: tsParser, sourceType: 'module' } },
    rules: {
      // Prettier's business.
      'vue/html-indent': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/max-attributes-per-line': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-closing-bracket-spacing': 'off',
      'vue/first-attribute-linebreak': 'off',
      // An absent optional prop is undefined, which the type says.
      'vue/require-default-prop': 'off',
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/no-v-html': 'error',
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'vue/no-undef-components': ['error', { ignorePatterns: ['^Router(View|Link)$', '^router-'] }],
      'no-console': 'error',
      'no-restricted-globals': [
        'error',
        ...['window', 'WebSocket', 'EventSource', 'XMLHttpRequest', 'fetch'].map((name) => ({
          name,
          message: ONLY_BRIDGE,
        })),
      ],
    },
  },
]
